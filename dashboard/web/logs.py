"""Logs: one JSON object a line, from which secrets, tokens and cookies have been taken out."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from dashboard.settings import Settings

HIDDEN = "***"
_SHORTEST_SECRET = 6
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # Signed file links: the token is the permission.
        (r"(/files/)[^\s\"'?#]+(\?[^\s\"']*)?", rf"\1{HIDDEN}"),
        (r"((?:lumira_session|lumira_csrf|_streamlit\w*)=)[^;\s\"',}]+", rf"\1{HIDDEN}"),
        (r"((?:password|secret|token|csrf|signature)[\"']?\s*[=:]\s*[\"']?)[^\s&\"',}]+", rf"\1{HIDDEN}"),
        (r"(authorization[\"']?\s*[=:]\s*[\"']?(?:\w+ )?)[^\s\"',}]+", rf"\1{HIDDEN}"),
        (r"(bearer )[A-Z0-9._~+/=-]+", rf"\1{HIDDEN}"),
        (r"(\w+://[^\s:/@\"']*:)[^\s@/\"']+@", rf"\1{HIDDEN}@"),
        (r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s\"']+", rf"\1{HIDDEN}"),
        # A bcrypt hash.
        (r"\$2[aby]\$\d\d\$[./A-Z0-9]{53}", HIDDEN),
    )
)
_OWN_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
# Streamlit reports a crash of a script by itself; ours is reported once, with its reference.
_STREAMLIT_CRASH = "Uncaught app execution"


class Redactor:
    """Takes out what must not be written down: known secrets by value, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        values = sorted({value for value in secrets if len(value) >= _SHORTEST_SECRET}, key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, values))) if values else None

    def __call__(self, text: str) -> str:
        if self._values is not None:
            text = self._values.sub(HIDDEN, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


class JsonLines(logging.Formatter):
    """One record as one line of JSON; what ``extra`` brings becomes members of the object."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "at": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redact(record.getMessage()),
        }
        for name, value in vars(record).items():
            if name not in _OWN_ATTRIBUTES and not name.startswith("_"):
                line[name] = value if isinstance(value, int | float | None) else self._redact(str(value))
        if record.exc_info:
            line["exception"] = self._redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def secrets_of(settings: Settings) -> list[str]:
    """The value of every secret setting, and the passwords inside the addresses of databases."""
    values = (getattr(settings, name) for name in type(settings).model_fields)
    found = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    addresses = (settings.database_url, settings.read_database_url)
    return [*found, *(urlsplit(address.get_secret_value()).password or "" for address in addresses)]


def configure_logging(settings: Settings) -> None:
    """Send every log of this process to stderr as JSON lines, at the level of the settings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(Redactor(secrets_of(settings))))
    handler.addFilter(lambda record: _STREAMLIT_CRASH not in str(record.msg))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    # One line per file fetched or statement prepared says nothing that the access log does not.
    for noisy in ("botocore", "boto3", "urllib3", "httpx", "httpcore", "stripe", "PIL", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    _join_streamlit()


def _join_streamlit() -> None:
    """Streamlit's loggers print by themselves, in their own format: make them ordinary ones."""
    from streamlit import logger as streamlit_logger

    def ordinary(logger: logging.Logger) -> None:
        logger.handlers.clear()
        logger.propagate = True

    streamlit_logger.setup_formatter = ordinary
    for logger in list(streamlit_logger._loggers.values()):
        ordinary(logger)
