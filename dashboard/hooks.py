"""Where the generator answers: ``POST /hooks/generator``, signed. Outside the sign-in: it is no person.

``{"requestId", "orderId", "revision", "content"}`` brings a reading, ``"error"`` in place of ``"content"``
says that there will be none. 200 had its effect; 401 is not from the generator, 404 answers nothing that we
asked, 409 is late or a repetition, 413 and 422 cannot be read.
"""

import json
import logging
import time
from collections.abc import Mapping
from typing import Any

import anyio.to_thread
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from dashboard.context import database
from dashboard.gateways.signing import HEADER, BadSignature, secrets, verify
from dashboard.settings import get_settings
from dashboard.web.bodies import read_body
from dashboard.web.metrics import CALLBACKS_REFUSED
from lumira_db.commands.callbacks import (
    MAXIMUM_BYTES,
    receive_failure,
    receive_reading,
    record_refused_callback,
)
from lumira_db.engine import Database
from lumira_db.errors import CallbackRefused, CallbackUnknown, CallbackUnusable

logger = logging.getLogger(__name__)

_STATUS: Mapping[type[CallbackRefused], tuple[int, str]] = {
    CallbackUnknown: (404, "unknown"),
    CallbackUnusable: (422, "unusable"),
    CallbackRefused: (409, "late"),
}


class Callback(BaseModel):
    """An answer: either ``content`` or ``error``. Fields that we do not know are ignored."""

    model_config = ConfigDict(strict=True)

    request_id: str = Field(alias="requestId", max_length=100)
    order_id: str = Field(alias="orderId", max_length=100)
    revision: int
    content: Any = None
    error: str | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Callback":
        if (self.content is None) == (self.error is None):
            raise ValueError("either content or error is needed")
        return self


def routes() -> list[Route]:
    """The one route."""
    return [Route("/hooks/generator", generator_answers, methods=["POST"])]


async def generator_answers(request: Request) -> JSONResponse:
    """Take one answer."""
    try:
        body = await read_body(request, MAXIMUM_BYTES)
    except ClientDisconnect:
        return _refuse(400, "unreadable", "The request broke off.")
    if body is None:
        return _refuse(413, "too_large", "An answer has at most 2 MB.")
    try:
        verify(secrets(get_settings()), request.headers.get(HEADER), body, time.time())
    except BadSignature as problem:
        return _refuse(401, "unsigned", str(problem))
    try:
        callback = Callback.model_validate(json.loads(body, parse_constant=_no_number))
    except (ValueError, RecursionError) as problem:
        where = problem.errors(include_input=False, include_url=False) if isinstance(problem, ValidationError) else []
        return _refuse(422, "unreadable", "This is no answer as agreed.", fields=[item["loc"] for item in where])
    try:
        await anyio.to_thread.run_sync(_receive, database(), callback)
    except CallbackRefused as refusal:
        await anyio.to_thread.run_sync(_leave_trace, database(), refusal, callback)
        return _refuse(*_STATUS[type(refusal)], str(refusal), request_id=callback.request_id)
    logger.info("generator callback accepted", extra={"request_id": callback.request_id})
    return JSONResponse({"accepted": True})


def _receive(database: Database, callback: Callback) -> None:
    asked, order, revision = callback.request_id, callback.order_id, callback.revision
    with database.writing() as session:
        if callback.error is None:
            receive_reading(session, request_id=asked, order_id=order, revision=revision, content=callback.content)
        else:
            receive_failure(session, request_id=asked, order_id=order, revision=revision, error=callback.error)


def _leave_trace(database: Database, refusal: CallbackRefused, callback: Callback) -> None:
    with database.writing() as session:
        record_refused_callback(session, refusal, request_id=callback.request_id, order_id=callback.order_id)


def _refuse(status: int, cause: str, sentence: str, **facts: Any) -> JSONResponse:
    CALLBACKS_REFUSED.labels(cause).inc()
    logger.warning("generator callback refused", extra={"status": status, "cause": cause, **facts})
    return JSONResponse({"accepted": False, "cause": sentence}, status_code=status)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")
