"""Every setting, typed and documented; read once from the environment (``LUMIRA_…`` and the usual names)."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The settings in force. A secret is a ``SecretStr``: printing the settings never shows it."""

    model_config = SettingsConfigDict(env_prefix="LUMIRA_", extra="ignore", populate_by_name=True)

    database_url: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("DATABASE_URL", "LUMIRA_DATABASE_URL"),
        description="PostgreSQL, as libpq or Prisma write it.",
    )
    read_database_url: SecretStr = Field(
        SecretStr(""), description="A replica of that PostgreSQL, for the figures; empty: there is none."
    )
    database_pool: int = Field(
        10, description="Connections that one process keeps open at most for reading, and as many for writing."
    )
    secret_key: SecretStr = Field(SecretStr(""), description="Signs file links and forms. At least 32 characters.")
    public_url: str = Field("http://127.0.0.1:8501", description="The address people and the generator reach us at.")
    host: str = Field("127.0.0.1", description="Address that `lumira serve` listens on.")
    port: int = Field(8501, description="Port that `lumira serve` listens on.")
    processes: int = Field(
        0, ge=0, description="Processes of `lumira serve`; 0: as many as there are processors, two at most."
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Addresses whose X-Forwarded-For and X-Forwarded-Proto are believed, comma-separated."
    )
    home: Path = Field(Path(".lumira"), description="Where the demo keeps its data.")
    pg_bin: Path | None = Field(None, description="Folder of PostgreSQL's programs for the demo.")
    demo: bool = Field(False, description="Demo mode: shows /mailbox.")
    mailbox_dir: Path | None = Field(None, description="Where the demo's mailbox keeps its mails.")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Opens /metrics to other machines, as a bearer token; empty: this machine alone."
    )
    timezone: str = Field("Europe/Paris", description="The zone whose days are business days.")
    language: Literal["fr", "en"] = Field("fr", description="Language for people whose browser asks for neither.")

    session_idle_minutes: int = Field(480, description="A session unused for so long has ended.")
    session_hours: int = Field(12, description="A session ends after so long, used or not.")
    claim_minutes: int = Field(5, description="An expert's hold on an order lasts so long without a sign of life.")
    undo_seconds: int = Field(10, description="How long an approval waits before it is sent, so it can be undone.")
    promise_hours: dict[int, int] = Field(
        {1: 24, 2: 48, 3: 72, 4: 96}, description="Hours from payment to delivery promised per level."
    )

    digest_hour: int = Field(
        7, ge=0, le=23, description="Hour of the business zone's clock from which digests are sent to who wants them."
    )
    alert_late_orders: int = Field(
        1, ge=0, description="So many orders that waited longer than promised are told to administrators; 0: never."
    )
    alert_conversion: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Warn when the conversion of checkouts is at most this part of usual; 0: never.",
    )
    alert_refunds: float = Field(
        2.0, gt=0, description="Warn when refunds beside paid orders are at least so many times the usual."
    )
    alert_days: int = Field(
        7,
        ge=1,
        le=92,
        description="Business days of which the two are measured; usual are four times as many before.",
    )
    alert_least: int = Field(20, ge=1, description="Of fewer checkouts or orders nothing is said.")

    vip_cents: int = Field(
        20_000, description="A client who paid this much in one currency, in cents, is a VIP; 0: nobody is."
    )

    aws_access_key_id: SecretStr = Field(
        SecretStr(""), validation_alias="AWS_ACCESS_KEY_ID", description="Opens the bucket."
    )
    aws_secret_access_key: SecretStr = Field(
        SecretStr(""), validation_alias="AWS_SECRET_ACCESS_KEY", description="Opens the bucket."
    )
    aws_region: str = Field(
        "eu-west-3",
        validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"),
        description="Where the bucket is.",
    )
    aws_endpoint_url: str | None = Field(
        None,
        validation_alias=AliasChoices("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
        description="An S3 server other than Amazon's.",
    )
    s3_bucket: str = Field("lumira-readings", description="The private bucket of readings and photos.")

    smtp_host: str = Field("", description="SMTP server; empty: no mail can be sent.")
    smtp_port: int = Field(587, description="Port of the SMTP server.")
    smtp_user: str = Field("", description="Account at the SMTP server; empty: none is needed.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password of that account.")
    smtp_tls: Literal["none", "starttls", "tls"] = Field("starttls", description="How the connection is encrypted.")
    mail_from: str = Field("Oracle Lumira <oracle@lumira.example>", description="Sender of the readings.")
    mail_reply_to: str = Field("", description="Where clients' answers go; empty: the sender.")
    mail_attach_limit_mb: int = Field(10, description="A larger PDF is linked instead of attached.")

    generator_url: str = Field("", description="Base address of the generator; empty: production cannot start.")
    generator_secret: SecretStr = Field(
        SecretStr(""), description="Signs requests to, and callbacks from, the generator."
    )

    stripe_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("STRIPE_API_KEY", "LUMIRA_STRIPE_API_KEY"),
        description="Stripe's secret key, live or test (shown on screen as such); empty: Stripe is never asked.",
    )
    stripe_api_base: str = Field("", description="Another server that speaks Stripe's protocol; empty: Stripe's own.")
    stripe_timeout_seconds: float = Field(8.0, description="How long one answer of Stripe's is waited for.")
    refund_second_approval_cents: int = Field(
        10_000,
        description="A refund above so many cents needs a second administrator; 0: every one does. In any currency "
        "10000 are 100 units: 100 euros, 100 yen.",
    )
    stripe_webhook_secret: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("STRIPE_WEBHOOK_SECRET", "LUMIRA_STRIPE_WEBHOOK_SECRET"),
        description="Signs Stripe's webhooks; two, comma-separated, while one is being replaced.",
    )

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="How much the logs say.")


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process."""
    return Settings()
