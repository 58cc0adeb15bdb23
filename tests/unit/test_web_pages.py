"""What is around every answer: security headers, our page instead of Streamlit's, counters, logs."""

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit
from prometheus_client import generate_latest
from pydantic import SecretStr
from starlette.datastructures import MutableHeaders

from dashboard.auth.requests import from_own_site
from dashboard.locale import LANGUAGES
from dashboard.settings import Settings
from dashboard.web import metrics, static_files
from dashboard.web.headers import FORM_PAGE, HSTS, NOTHING, inline_scripts, screen_policy, secure
from dashboard.web.logs import JsonLines, Redactor, secrets_of
from dashboard.web.page import rewritten
from dashboard.web.requests import route_of, shown_path

INDEX = (Path(streamlit.__file__).parent / "static" / "index.html").read_bytes()


def scope(*, scheme: str = "http", host: str = "desk.test", **headers: str) -> dict[str, object]:
    raw = [(b"host", host.encode())] + [(key.encode(), value.encode()) for key, value in headers.items()]
    return {"type": "http", "scheme": scheme, "headers": raw, "path": "/", "method": "GET"}


def policy_of(text: str) -> dict[str, list[str]]:
    return {part.split()[0]: part.split()[1:] for part in text.split(";")}


def test_every_answer_carries_the_security_headers() -> None:
    headers = MutableHeaders({"content-type": "text/plain"})
    secure(headers, scope())
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


def test_over_tls_browsers_are_told_to_stay_there() -> None:
    headers = MutableHeaders({})
    secure(headers, scope(scheme="https"))
    assert headers["strict-transport-security"] == HSTS


def test_a_page_is_never_kept_and_a_policy_of_its_own_stays() -> None:
    headers = MutableHeaders({"content-type": "text/html; charset=utf-8", "cache-control": "no-cache"})
    headers["content-security-policy"] = NOTHING
    secure(headers, scope())
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == NOTHING
    assert "x-frame-options" not in headers


def test_the_policy_of_the_screens_allows_no_eval_no_inline_script_and_no_other_host() -> None:
    policy = policy_of(screen_policy("desk.test:8501"))
    scripts = [source for source in policy["script-src"] if not source.startswith("'sha256-")]
    assert scripts == ["'self'", "blob:"]
    assert policy["connect-src"] == ["'self'", "ws://desk.test:8501", "wss://desk.test:8501"]
    assert policy["object-src"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == ["'self'"]
    for sources in policy.values():
        assert not {"*", "https:", "http:", "'unsafe-eval'"} & set(sources)


def test_a_host_that_is_none_does_not_reach_the_policy() -> None:
    headers = MutableHeaders({})
    secure(headers, scope(host="desk.test; script-src *"))
    assert policy_of(headers["content-security-policy"])["connect-src"] == ["'self'"]


def test_streamlits_own_inline_script_is_known_by_its_hash() -> None:
    assert len(inline_scripts()) == len(re.findall(rb"<script>", INDEX)) == 1


def test_our_own_pages_need_no_script() -> None:
    assert "script-src" not in policy_of(FORM_PAGE)
    assert policy_of(FORM_PAGE)["default-src"] == ["'none'"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_streamlits_page_is_made_ours(language: str) -> None:
    page = rewritten(INDEX, language).decode()
    assert f'<html lang="{language}">' in page
    assert "<title>Lumira Desk</title>" in page
    assert "agent" not in page
    assert {"en": "need JavaScript", "fr": "besoin de JavaScript"}[language] in page
    assert page.index("/web/session.js") < page.index("<script>")
    assert '<div id="root">' in page


@pytest.mark.parametrize(
    "name", ["door.css", "icon.svg", "icon.png", "sky.svg", "session.js", "sans.woff2", "serif.woff2"]
)
def test_every_public_file_is_there(name: str) -> None:
    found = static_files.find(name)
    assert found is not None
    assert found.is_file()


@pytest.mark.parametrize("name", ["", "../app.py", "pages.py", "door.css/..", "SANS.WOFF2"])
def test_no_other_file_is_public(name: str) -> None:
    assert static_files.find(name) is None


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        (None, True),
        ("http://desk.test", True),
        ("https://desk.test", True),
        ("https://lumira.example", True),
        ("http://lumira.example", False),
        ("https://evil.example", False),
        ("http://desk.test.evil.example", False),
        ("http://desk.test@evil.example", False),
        ("ftp://desk.test", False),
        ("desk.test", False),
        ("null", False),
        ("", False),
        ("http://[", False),
    ],
)
def test_only_our_own_pages_count_as_ours(origin: str | None, ours: bool) -> None:
    headers = {} if origin is None else {"origin": origin}
    assert from_own_site(scope(**headers), "https://lumira.example") is ours


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", ""),
        ("/queue", "queue"),
        ("/files/abc.def", "files"),
        ("/_stcore/stream", "_stcore"),
        ("/wp-login.php", "other"),
        ("/a/b/c", "other"),
    ],
)
def test_what_is_counted_does_not_grow_with_what_is_asked(path: str, route: str) -> None:
    assert route_of(path) == route


def test_the_token_of_a_file_is_never_written_down() -> None:
    assert "secret" not in shown_path("/files/secret.token")
    assert shown_path("/order") == "/order"


@pytest.fixture
def written() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    settings = Settings(
        database_url=SecretStr("postgresql://desk:db%20word@db:5432/x"),
        secret_key=SecretStr("the key of this installation, long"),
        smtp_password=SecretStr("hunter2"),
    )
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonLines(Redactor(secrets_of(settings))))
    logger = logging.getLogger("tests.written")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, out
    logger.removeHandler(handler)


@pytest.mark.parametrize(
    "text",
    [
        "sent hunter2 to the server",
        "connecting to postgresql://desk:db%20word@db:5432/x failed",
        "connecting to postgresql://other:topsecret@db/x failed",
        "Cookie: lumira_session=topsecret; theme=dark",
        "{'cookie': 'lumira_csrf=topsecret'}",
        "GET /files/topsecret.topsecret?x=topsecret HTTP/1.1",
        "GET /files/topsecret",
        "Authorization: Bearer topsecret",
        "sent Bearer topsecret",
        "'authorization': 'Basic topsecret'",
        "password=topsecret&email=a@b.c",
        '{"password": "topsecret"}',
        "https://s3/x?X-Amz-Signature=topsecret&X-Amz-Credential=topsecret",
        "hash $2b$12$topsecrettopsecrettopsecrettopsecrettopsecrettopsecret1 x",
        "key: the key of this installation, long",
    ],
)
def test_secrets_tokens_and_cookies_are_never_logged(written: tuple[logging.Logger, io.StringIO], text: str) -> None:
    logger, out = written
    logger.error("%s", text, extra={"detail": text}, exc_info=ValueError(text))
    line = out.getvalue()
    for secret in ("hunter2", "topsecret", "db%20word", "the key of this"):
        assert secret not in line
    assert "***" in line


def test_a_log_line_is_one_json_object_with_its_facts(written: tuple[logging.Logger, io.StringIO]) -> None:
    logger, out = written
    logger.warning("took %s", "long\nand wide", extra={"ms": 12.5, "path": "/queue"})
    line = json.loads(out.getvalue())
    assert out.getvalue().count("\n") == 1
    assert (line["level"], line["message"], line["ms"], line["path"]) == (
        "warning",
        "took long\nand wide",
        12.5,
        "/queue",
    )
    assert line["at"].endswith("Z")


def test_the_figures_of_the_database_are_asked_for_at_most_every_fifteen_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []

    def read() -> metrics.Counts:
        asked.append(1)
        return {"orders": {"PAID": 3}, "deliveries": {"FAILED": 1}}

    gauges = metrics.DatabaseGauges(read)
    registry = metrics.CollectorRegistry()
    registry.register(gauges)
    for _ in range(3):
        text = generate_latest(registry).decode()
    assert 'lumira_queue_orders{status="PAID"} 3.0' in text
    assert 'lumira_deliveries{state="FAILED"} 1.0' in text
    assert len(asked) == 1
    monkeypatch.setattr(metrics.time, "monotonic", lambda: 1e12)
    generate_latest(registry)
    assert len(asked) == 2
