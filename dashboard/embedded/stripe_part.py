"""Stripe's stand-in as a child process (the program itself is ``stripe_server``, whose imports take a while)."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from dashboard.embedded.home import LOOPBACK, Home, new_secret
from dashboard.embedded.probes import http_answers
from dashboard.embedded.supervisor import Part


@dataclass(frozen=True)
class StripeServer:
    """The stand-in as a child process; ``file`` keeps its account."""

    port: int
    file: Path
    key: str
    webhook_secret: str

    @property
    def url(self) -> str:
        """Its base address."""
        return f"http://{LOOPBACK}:{self.port}"

    def part(self, webhook_url: str) -> Part:
        """The server, for the supervisor; its events go to ``webhook_url``."""
        return Part(
            name="stripe",
            command=[
                *(sys.executable, "-m", "dashboard.embedded.stripe_server.server"),
                *("--port", str(self.port), "--file", str(self.file)),
            ],
            ready=self.answers,
            env={
                **os.environ,
                "STRIPE_API_KEY": self.key,
                "STRIPE_WEBHOOK_URL": webhook_url,
                "STRIPE_WEBHOOK_SECRET": self.webhook_secret,
            },
            cwd=Path(__file__).parents[2],
            grace=1.0,
        )

    def answers(self) -> bool:
        """Whether it serves."""
        return http_answers(self.port, "/healthz")


def home_stripe(home: Home) -> StripeServer:
    """The stand-in of a demo's folder."""
    return StripeServer(
        home.port("stripe"),
        home.part("stripe") / "account.db",
        home.secret("stripe_key", lambda: f"sk_test_{new_secret()}"),
        home.secret("stripe_webhook", lambda: f"whsec_{new_secret()}"),
    )
