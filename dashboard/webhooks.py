"""``POST /webhooks/stripe``: what Stripe tells us, taken in one transaction and answered in milliseconds."""

import json
import logging

import anyio.to_thread
from sqlalchemy.exc import DBAPIError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard.context import database
from dashboard.settings import Settings, get_settings
from dashboard.web.bodies import read_body
from dashboard.web.metrics import STRIPE_EVENTS
from dashboard.workflows.events import take
from lumira_db.payments import NotAnEvent, understood

logger = logging.getLogger(__name__)

MAXIMUM_BYTES = 1024 * 1024
"""Stripe's events have some kilobytes."""
TOLERANCE = 300
"""Seconds between Stripe's signature and our clock."""


def routes() -> list[Route]:
    """The one route."""
    return [Route("/webhooks/stripe", stripe_says, methods=["POST"])]


async def stripe_says(request: Request) -> JSONResponse:
    """Take one event. What cannot be done now is kept and tried again by us; 5xx asks Stripe to send it again."""
    try:
        body = await read_body(request, MAXIMUM_BYTES)
    except ClientDisconnect:
        return _refuse(400, "unreadable")
    if body is None:
        return _refuse(413, "too_large")
    if not _is_signed(body, request.headers.get("stripe-signature"), get_settings()):
        return _refuse(400, "unsigned")
    try:
        event = understood(json.loads(body))
    except (ValueError, RecursionError, NotAnEvent):
        return _refuse(400, "unreadable")
    try:
        received = await anyio.to_thread.run_sync(take, database(), event)
    except DBAPIError:
        logger.exception("stripe event not kept", extra={"event": event.id, "type": event.type})
        return _refuse(503, "away")
    STRIPE_EVENTS.labels("repeated" if received.repeated else received.state.lower()).inc()
    return JSONResponse({"received": True, "state": received.state, "repeated": received.repeated})


def _is_signed(body: bytes, header: str | None, settings: Settings) -> bool:
    from stripe import SignatureVerificationError, WebhookSignature  # costs a quarter of a second, once

    for secret in settings.stripe_webhook_secret.get_secret_value().split(","):
        try:
            if secret.strip() and WebhookSignature.verify_header(
                body.decode(), header or "", secret.strip(), TOLERANCE
            ):
                return True
        except (SignatureVerificationError, UnicodeDecodeError):
            continue
    return False


def _refuse(status: int, cause: str) -> JSONResponse:
    STRIPE_EVENTS.labels(cause).inc()
    logger.warning("stripe event refused", extra={"status": status, "cause": cause})
    return JSONResponse({"received": False, "cause": cause}, status_code=status)
