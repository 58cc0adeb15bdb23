"""Stripe, through its own library. What comes out are plain facts; nothing here logs what Stripe says.

The library itself repeats nothing: who repeats a call that moves money does so under the same idempotency key
(docs/adr/0020-refunds.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from dashboard.gateways import stripe_answers as answers
from dashboard.settings import Settings
from lumira_db.i18n_marker import N_
from lumira_db.payment_facts import (
    BalanceFacts,
    ChargeFacts,
    DisputeFacts,
    IntentFacts,
    Mode,
    PaymentFacts,
    RefundFacts,
)
from lumira_db.payments import Event, NotAnEvent, understood

if TYPE_CHECKING:
    from stripe import StripeClient, StripeError

Facts = TypeVar("Facts")

PATIENCE = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between the tries of one page of a list."""
_PAGE = 100
_LONGEST_LOOK = 10.0


class Trouble(StrEnum):
    """Why Stripe said neither yes nor no. What each means in words is in ``TROUBLES``."""

    UNREACHABLE = "UNREACHABLE"
    TOO_SLOW = "TOO_SLOW"
    BUSY = "BUSY"
    BROKEN = "BROKEN"
    MISCONFIGURED = "MISCONFIGURED"


TROUBLES: Mapping[Trouble, str] = {
    Trouble.UNREACHABLE: N_("Stripe cannot be reached."),
    Trouble.TOO_SLOW: N_("Stripe takes too long to answer."),
    Trouble.BUSY: N_("Stripe asks us to slow down."),
    Trouble.BROKEN: N_("Stripe has a problem of its own."),
    Trouble.MISCONFIGURED: N_("Stripe does not accept the Desk's key: an administrator has to look at the settings."),
}


class StripeUnavailable(Exception):
    """Stripe did not answer usefully. ``may_have_moved``: what was asked may have happened all the same."""

    def __init__(self, trouble: Trouble, *, may_have_moved: bool = False) -> None:
        self.trouble = trouble
        self.may_have_moved = may_have_moved
        super().__init__(trouble)


class StripeRefused(Exception):
    """Stripe says no, and nothing has happened; ``code`` is its own word for why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class StripeMissing(StripeRefused):
    """Stripe knows no such object, or knows it in another mode only."""


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment on, up to but without another; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def wanted(self) -> dict[str, Any]:
        """As Stripe's lists want it."""
        ends = {"gte": self.since, "lt": self.until}
        created = {name: int(moment.timestamp()) for name, moment in ends.items() if moment is not None}
        return {"created": created} if created else {}


class Listed(StrEnum):
    """The lists that can be read page by page."""

    CHARGES = "charges"
    REFUNDS = "refunds"
    DISPUTES = "disputes"
    BALANCE = "balance_transactions"


@dataclass(frozen=True, slots=True)
class Listing(Generic[Facts]):
    """A page of a list, the newest first; ``after`` is where the next one begins, None after the last."""

    items: tuple[Facts, ...]
    after: str | None


class Stripe(Protocol):
    """The account. Every method raises ``StripeUnavailable``; walks go from the newest to the oldest."""

    @property
    def mode(self) -> Mode:
        """Whether the key opens real money."""

    def payment(self, intent_id: str) -> PaymentFacts:
        """All that is known of one payment. Raises ``StripeMissing``."""

    def refund(self, intent_id: str, amount: int, *, key: str, request: str, reason: str | None) -> RefundFacts:
        """Give ``amount`` cents back; again under the same ``key`` it is the same refund. Raises ``StripeRefused``."""

    def refunds_of(self, intent_id: str) -> tuple[RefundFacts, ...]:
        """The refunds of one payment."""

    def intents(self, span: Span) -> Iterator[IntentFacts]:
        """The payments begun within the span, each with its latest charge."""

    def charges(self, span: Span) -> Iterator[ChargeFacts]:
        """The charges made within the span, each with its line of the balance."""

    def refunds(self, span: Span) -> Iterator[RefundFacts]:
        """The refunds made within the span."""

    def disputes(self, span: Span) -> Iterator[DisputeFacts]:
        """The disputes opened within the span."""

    def balance(self, span: Span) -> Iterator[BalanceFacts]:
        """The lines of the balance booked within the span."""

    def page(self, what: Listed, span: Span, after: str | None) -> Listing[Any]:
        """One page of a list, for those who have to remember where they are; charges without their balance."""

    def events(self, span: Span, types: tuple[str, ...] = ()) -> Iterator[Event]:
        """What Stripe told, or would have told, our webhook within the span (it remembers thirty days)."""


class StripeAccount:
    """``Stripe`` over ``stripe.StripeClient``; one per process, safe between threads."""

    def __init__(
        self, key: str, base: str = "", *, timeout: float = 8.0, patience: tuple[float, ...] = PATIENCE
    ) -> None:
        """``timeout`` in seconds, for connecting and for each wait; ``patience`` are pauses of the walks."""
        self._key = key
        self._base = base
        self._timeout = timeout
        self._patience = patience

    @property
    def mode(self) -> Mode:
        if not self._key:
            return Mode.NONE
        return Mode.LIVE if "_live_" in self._key else Mode.TEST

    @cached_property
    def _client(self) -> StripeClient:
        import stripe  # costs a quarter of a second, once

        return stripe.StripeClient(
            self._key,
            base_addresses={"api": self._base.rstrip("/")} if self._base else {},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=(min(3.0, self._timeout), self._timeout)),
        )

    def payment(self, intent_id: str) -> PaymentFacts:
        until = time.monotonic() + _LONGEST_LOOK
        path = f"/v1/payment_intents/{intent_id}"
        found = self._ask("get", path, expand=["latest_charge.balance_transaction"])
        intent = self._read(answers.intent_of, found)
        own = {"payment_intent": intent_id, "limit": _PAGE}
        charges = self._few("/v1/charges", answers.charge_of, until, expand=["data.balance_transaction"], **own)
        refunds = self._few("/v1/refunds", answers.refund_of, until, **own)
        return PaymentFacts(intent, charges, refunds, self._few("/v1/disputes", answers.dispute_of, until, **own))

    def refund(self, intent_id: str, amount: int, *, key: str, request: str, reason: str | None) -> RefundFacts:
        wanted: dict[str, Any] = {
            "payment_intent": intent_id,
            "amount": amount,
            "metadata": {"lumiraRefund": request},
        }
        if reason:
            wanted["reason"] = reason
        return self._read(answers.refund_of, self._ask("post", "/v1/refunds", idempotency_key=key, **wanted))

    def refunds_of(self, intent_id: str) -> tuple[RefundFacts, ...]:
        return tuple(self._walk("/v1/refunds", answers.refund_of, payment_intent=intent_id))

    def intents(self, span: Span) -> Iterator[IntentFacts]:
        return self._walk("/v1/payment_intents", answers.intent_of, expand=["data.latest_charge"], **span.wanted())

    def charges(self, span: Span) -> Iterator[ChargeFacts]:
        return self._walk("/v1/charges", answers.charge_of, expand=["data.balance_transaction"], **span.wanted())

    def refunds(self, span: Span) -> Iterator[RefundFacts]:
        return self._walk("/v1/refunds", answers.refund_of, **span.wanted())

    def disputes(self, span: Span) -> Iterator[DisputeFacts]:
        return self._walk("/v1/disputes", answers.dispute_of, **span.wanted())

    def balance(self, span: Span) -> Iterator[BalanceFacts]:
        return self._walk("/v1/balance_transactions", answers.balance_of, **span.wanted())

    def page(self, what: Listed, span: Span, after: str | None) -> Listing[Any]:
        place = {"starting_after": after} if after else {}
        page = self._page(f"/v1/{what}", limit=_PAGE, **span.wanted(), **place)
        items = tuple(self._read(_READERS[what], item) for item in page["data"])
        return Listing(items, page["data"][-1]["id"] if page.get("has_more") and page["data"] else None)

    def events(self, span: Span, types: tuple[str, ...] = ()) -> Iterator[Event]:
        narrowed: dict[str, Any] = {"types": list(types)} if types else {}
        return self._walk("/v1/events", understood, **span.wanted(), **narrowed)

    def _few(self, path: str, read: Callable[[Any], Facts], until: float, **wanted: Any) -> tuple[Facts, ...]:
        if time.monotonic() > until:
            raise StripeUnavailable(Trouble.TOO_SLOW)
        return tuple(self._read(read, item) for item in self._ask("get", path, **wanted)["data"])

    def _walk(self, path: str, read: Callable[[Any], Facts], **wanted: Any) -> Iterator[Facts]:
        """Every object of a list, a page in memory at a time."""
        place: dict[str, str] = {}
        while True:
            page = self._page(path, limit=_PAGE, **wanted, **place)
            for item in page["data"]:
                yield self._read(read, item)
            if not page.get("has_more") or not page["data"]:
                return
            place = {"starting_after": page["data"][-1]["id"]}

    def _page(self, path: str, **wanted: Any) -> Any:
        """A page, asked for again while Stripe is busy or away for a moment."""
        for pause in self._patience:
            try:
                return self._ask("get", path, **wanted)
            except StripeUnavailable as problem:
                if problem.trouble is Trouble.MISCONFIGURED:
                    raise
            time.sleep(pause)
        return self._ask("get", path, **wanted)

    def _ask(self, method: str, path: str, **wanted: Any) -> Any:
        if not self._key:
            raise StripeUnavailable(Trouble.MISCONFIGURED)
        with _translated():
            return self._client.raw_request(method, path, **wanted).data

    def _read(self, read: Callable[[Any], Facts], item: Any) -> Facts:
        try:
            return read(item)
        except (KeyError, TypeError, AttributeError, NotAnEvent):
            raise StripeUnavailable(Trouble.BROKEN, may_have_moved=True) from None


_READERS: Mapping[Listed, Callable[[Any], Any]] = {
    Listed.CHARGES: answers.charge_of,
    Listed.REFUNDS: answers.refund_of,
    Listed.DISPUTES: answers.dispute_of,
    Listed.BALANCE: answers.balance_of,
}


def make_stripe(settings: Settings) -> StripeAccount:
    """The account that the settings name. Connects to nothing yet."""
    return StripeAccount(
        settings.stripe_api_key.get_secret_value(), settings.stripe_api_base, timeout=settings.stripe_timeout_seconds
    )


def dashboard_url(mode: Mode, kind: str, object_id: str) -> str:
    """Stripe's own page about a payment (``payments``), a dispute (``disputes``) and so on."""
    test = "test/" if mode is not Mode.LIVE else ""
    return f"https://dashboard.stripe.com/{test}{kind}/{object_id}"


@contextmanager
def _translated() -> Iterator[None]:
    """Say what went wrong in our terms, without Stripe's own text: it may quote what we sent."""
    import stripe

    try:
        yield
    except stripe.APIConnectionError as error:
        raise _unreached(error) from None
    except (stripe.AuthenticationError, stripe.PermissionError):
        raise StripeUnavailable(Trouble.MISCONFIGURED) from None
    except stripe.RateLimitError:
        raise StripeUnavailable(Trouble.BUSY) from None
    except stripe.StripeError as error:
        raise _refused(error) from None


def _unreached(error: StripeError) -> StripeUnavailable:
    """Only what broke before anything was sent is sure to have moved nothing."""
    import requests
    from urllib3.exceptions import NewConnectionError

    cause = error.__cause__
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    unsent = isinstance(cause, requests.ConnectTimeout | requests.exceptions.SSLError) or isinstance(
        reason, NewConnectionError
    )
    slow = isinstance(cause, requests.ReadTimeout)
    return StripeUnavailable(Trouble.TOO_SLOW if slow else Trouble.UNREACHABLE, may_have_moved=not unsent)


def _refused(error: StripeError) -> Exception:
    status = error.http_status or 0
    if status == 409:
        # Another request under the same key, or on the same payment, is being answered just now.
        return StripeUnavailable(Trouble.BUSY, may_have_moved=True)
    if not 400 <= status < 500:
        return StripeUnavailable(Trouble.BROKEN, may_have_moved=True)
    kind = error.error.type if error.error is not None and "type" in error.error else None
    code = error.code or kind or "unknown"
    return StripeMissing(code) if code == "resource_missing" else StripeRefused(code)
