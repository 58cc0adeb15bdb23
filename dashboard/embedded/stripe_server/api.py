"""The stand-in's HTTP side: ``/v1`` as documented, and ``/_stand_in`` for what a test or the demo makes happen."""

import asyncio
import hashlib
import json
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from dashboard.embedded.stripe_server.faults import BEFORE, Fault, Faults
from dashboard.embedded.stripe_server.forms import expanded, integer, nested
from dashboard.embedded.stripe_server.ledger import REASONS, Ledger, Refused, new_id
from dashboard.embedded.stripe_server.store import Object, Wanted

_LARGEST_PAGE = 100
_LISTS = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "disputes": "dispute",
    "balance_transactions": "balance_transaction",
    "events": "event",
    "payouts": "payout",
    "checkout/sessions": "checkout.session",
    "customers": "customer",
}
_NARROWED = ("payment_intent", "charge", "customer", "source", "type", "payout")
Given = dict[str, Any]


class Api:
    """The routes over one ledger. ``key`` is the secret key that opens it."""

    def __init__(self, ledger: Ledger, faults: Faults, key: str) -> None:
        self.ledger = ledger
        self.faults = faults
        # As a bearer's, or as the name of somebody without a password.
        self._admitted = {f"Bearer {key}", f"Basic {b64encode(f'{key}:'.encode()).decode()}"}

    def routes(self) -> list[Route]:
        return [
            Route("/v1/{path:path}", self.answer, methods=["GET", "POST"]),
            Route("/_stand_in/{act}", self.act, methods=["POST"]),
            Route("/healthz", self.healthz),
        ]

    async def healthz(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "objects": self.ledger.store.counts()})

    async def answer(self, request: Request) -> Response:
        """One call of the API, with whatever goes wrong today."""
        if request.headers.get("authorization") not in self._admitted:
            return _refusal(Refused(401, "api_key_invalid", "Invalid API Key provided."))
        body = (await request.body()).decode()
        fault = self.faults.take(request.method, request.url.path)
        if fault is not None and fault.kind in BEFORE:
            status, error = BEFORE[fault.kind]
            return _json({"error": error}, status)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        status, said, headers = self._once(request, body)
        return await _spoilt(_json(said, status, headers), fault)

    def _once(self, request: Request, body: str) -> tuple[int, Object, dict[str, str]]:
        """Under an idempotency key: the same answer again, and no second effect."""
        if request.method != "POST":
            return (*self._done(request, body), {})
        key = request.headers.get("idempotency-key")
        if not key:
            with self.ledger.store.change():
                return (*self._done(request, body), {})
        asked = hashlib.sha256(f"{request.url.path}\n{body}".encode()).hexdigest()
        known = self.ledger.store.answer(key)
        if known is not None:
            if known[0] != asked:
                error = {
                    "type": "idempotency_error",
                    "message": f"Keys for idempotent requests can only be used with the same parameters they were "
                    f"first used with. Try using a key other than '{key}' if you meant to execute a different request.",
                }
                return 400, {"error": error}, {}
            return known[1], known[2], {"idempotent-replayed": "true"}
        with self.ledger.store.change():
            status, said = self._done(request, body)
            self.ledger.store.keep_answer(key, asked, status, said)
        return status, said, {}

    def _done(self, request: Request, body: str) -> tuple[int, Object]:
        path: str = request.path_params["path"].strip("/")
        raw = (
            parse_qsl(body, keep_blank_values=True) if request.method == "POST" else request.query_params.multi_items()
        )
        given = nested(raw)
        try:
            said = self._write(path, given) if request.method == "POST" else self._read(path, given)
            return 200, expanded(said, given.get("expand") or (), self.ledger)
        except Refused as refused:
            return refused.status, {"error": refused.error}

    def _read(self, path: str, given: Given) -> Object:
        if path in _LISTS:
            return self._list(path, given)
        kind, _, object_id = path.rpartition("/")
        if kind not in _LISTS:
            raise Refused(404, "url_invalid", f"Unrecognized request URL (GET: /v1/{path}).")
        found = self.ledger.need(object_id)
        if found["object"] != _LISTS[kind]:
            raise Refused(404, "resource_missing", f"No such {_LISTS[kind]}: '{object_id}'", param="id")
        return found

    def _list(self, path: str, given: Given) -> Object:
        limit = integer(given, "limit") or 10
        if not 1 <= limit <= _LARGEST_PAGE:
            raise Refused(400, "parameter_invalid_integer", "This value must be between 1 and 100.", param="limit")
        created = given.get("created")
        span = {"gte": int(created), "lte": int(created)} if isinstance(created, str) else created
        links: dict[str, tuple[str, ...]] = {name: (str(given[name]),) for name in _NARROWED if name in given}
        if "types" in given:
            links["type"] = tuple(given["types"])
        for mark in ("starting_after", "ending_before"):
            if mark in given:
                self.ledger.need(given[mark])
        page, more = self.ledger.store.page(
            Wanted(
                _LISTS[path],
                limit,
                given.get("starting_after"),
                given.get("ending_before"),
                {name: int(value) for name, value in (span or {}).items() if name in ("gt", "gte", "lt", "lte")},
                links,
            )
        )
        return {"object": "list", "url": f"/v1/{path}", "has_more": more, "data": page}

    def _write(self, path: str, given: Given) -> Object:
        match path.split("/"):
            case ["payment_intents"]:
                return self._create_intent(given)
            case ["payment_intents", intent, "confirm"]:
                return self.ledger.confirm(intent, given.get("payment_method", "pm_card_visa"))
            case ["payment_intents", intent, "cancel"]:
                return self.ledger.cancel(intent, given.get("cancellation_reason"))
            case ["refunds"]:
                return self._refund(given)
            case _:
                raise Refused(404, "url_invalid", f"Unrecognized request URL (POST: /v1/{path}).")

    def _create_intent(self, given: Given) -> Object:
        amount = integer(given, "amount")
        if amount is None or not given.get("currency"):
            missing = "amount" if amount is None else "currency"
            raise Refused(400, "parameter_missing", f"Missing required param: {missing}.", param=missing)
        more = {name: given[name] for name in ("customer", "description", "metadata", "receipt_email") if name in given}
        intent = self.ledger.create_intent(amount, given["currency"].lower(), **more)
        if given.get("confirm") == "true":
            return self.ledger.confirm(intent["id"], given.get("payment_method", "pm_card_visa"))
        return intent

    def _refund(self, given: Given) -> Object:
        charge = given.get("charge")
        if charge is None and given.get("payment_intent"):
            charge = self.ledger.need(given["payment_intent"])["latest_charge"]
        if charge is None:
            raise Refused(
                400, "parameter_missing", "One of the following params should be provided: charge or payment_intent."
            )
        if given.get("reason") not in (None, "", *REASONS):
            raise Refused(400, "parameter_invalid", f"Invalid reason: {given['reason']}", param="reason")
        return self.ledger.refund(
            charge, integer(given, "amount"), reason=given.get("reason") or None, metadata=given.get("metadata")
        )

    async def act(self, request: Request) -> Response:
        """Make something happen that a client, a bank or a bad day would."""
        given = await request.json()
        acts: dict[str, Callable[..., Object]] = {
            "pay": self._pay,
            "cancel": self.ledger.cancel,
            "checkout": self.ledger.complete_checkout,
            "settle_refund": self.ledger.settle_refund,
            "refund": self.ledger.refund,
            "open_dispute": self.ledger.open_dispute,
            "close_dispute": self.ledger.close_dispute,
            "pay_out": self.ledger.pay_out,
            "fault": self._fault,
        }
        act = acts.get(request.path_params["act"])
        if act is None:
            return JSONResponse({"error": "unknown act", "acts": sorted(acts)}, 404)
        try:
            with self.ledger.store.change():
                return _json(act(**given))
        except Refused as refused:
            return _refusal(refused)

    def _pay(self, amount: int, currency: str = "eur", payment_method: str = "pm_card_visa", **more: Any) -> Object:
        try:
            return self.ledger.confirm(self.ledger.create_intent(amount, currency, **more)["id"], payment_method)
        except Refused as declined:
            return {"declined": declined.error}

    def _fault(self, **given: Any) -> Object:
        if given:
            self.faults.add(Fault(**given))
        else:
            self.faults.clear()
        return {"faults": self.faults.listed()}


def make_app(api: Api, lifespan: Any = None) -> Starlette:
    """The stand-in as an ASGI application."""
    return Starlette(routes=api.routes(), lifespan=lifespan)


async def _spoilt(answer: Response, fault: Fault | None) -> Response:
    if fault is not None and fault.kind == "hang":
        await asyncio.sleep(fault.seconds)
    if fault is not None and fault.kind == "lost":
        return StreamingResponse(_broken(), headers={"content-length": "100000"}, media_type="application/json")
    return answer


async def _broken() -> AsyncIterator[bytes]:
    yield b'{"id": "'
    raise ConnectionResetError("the answer is lost on purpose")


def _refusal(refused: Refused) -> Response:
    return _json({"error": refused.error}, refused.status)


def _json(said: Object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    text = json.dumps(said, separators=(",", ":"))
    own = {"request-id": new_id("req_"), "content-type": "application/json"}
    return Response(text, status, own | (headers or {}))
