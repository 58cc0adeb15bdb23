"""What a figure adds to the address of a list that it leads to, so that the list counts the same rows."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import TypeVar

from dashboard.address_query import Query, days, level_of, on, one, several, text, word, yes_or_no_of
from lumira_db.enums import InsightCategory
from lumira_db.periods import Period
from lumira_db.queries.behind_clients import ClientBehind
from lumira_db.queries.behind_orders import OrderBehind
from lumira_db.queries.expertise import Decision
from lumira_db.queries.facts import Buyers
from lumira_db.queries.paths import SILENT_DAYS, Outcome, PathFilter

NOTHING = "~"
"""In the address: the value that is not there, such as the source of clients of whom none is known."""
ORDER_PARAMS = (
    *("source", "buyers", "ever_paid", "checkout", "refunded", "refunded_in", "off_catalogue", "weekday", "hour"),
    *("refunded_currency", "waiting_at", "waited", "waited_below", "approved_in", "approved_by", "delivered_in"),
    *("decision", "decided_in", "decided_by", "reason", "generator_error", "failed_in"),
)
CLIENT_PARAMS = (
    *("of_source", "paid_in", "of_level", "of_currency", "buyers", "first_paid_in", "first_level", "first_currency"),
    *("second_paid_in", "chatted_in", "started_in", "path_level", "archetype", "silence", "days_done", "outcome"),
    *("stopped_after", "insight", "insight_in", "insight_read"),
)
LONGEST_SILENCE = 365
_LONGEST_WAIT = 10_000

Behind = TypeVar("Behind", OrderBehind, ClientBehind)


def order_behind(query: Query) -> OrderBehind | None:
    """``ORDER_PARAMS`` as a filter of orders; None when the address has none of them."""
    return _unless_empty(
        OrderBehind(
            sources=sources(query, "source"),
            buyers=one(query, "buyers", Buyers),
            paid=one(query, "ever_paid", yes_or_no_of),
            checkout=on(query, "checkout"),
            refunded=on(query, "refunded"),
            refunded_in=period(query, "refunded_in"),
            refunded_currency=(text(query, "refunded_currency") or "").lower() or None,
            off_catalogue=on(query, "off_catalogue"),
            weekday=one(query, "weekday", _weekday),
            hour=one(query, "hour", _hour),
            waiting_at=one(query, "waiting_at", _moment),
            waited_days=one(query, "waited", _wait),
            waited_below=one(query, "waited_below", _wait),
            approved_in=period(query, "approved_in"),
            approved_by=text(query, "approved_by"),
            delivered_in=period(query, "delivered_in"),
            decision=one(query, "decision", Decision),
            decided_in=period(query, "decided_in"),
            decided_by=text(query, "decided_by"),
            reason=text(query, "reason"),
            generator_error=_error(query),
            failed_in=period(query, "failed_in"),
        ),
        OrderBehind(),
    )


def client_behind(query: Query) -> ClientBehind | None:
    """``CLIENT_PARAMS`` as a filter of clients; None when the address has none of them."""
    started = period(query, "started_in")
    return _unless_empty(
        ClientBehind(
            sources=sources(query, "of_source"),
            paid_in=period(query, "paid_in"),
            levels=several(query, "of_level", level_of),
            currency=(text(query, "of_currency") or "").lower() or None,
            buyers=one(query, "buyers", Buyers),
            first_paid_in=period(query, "first_paid_in"),
            first_levels=several(query, "first_level", level_of),
            first_currency=(text(query, "first_currency") or "").lower() or None,
            second_paid_in=period(query, "second_paid_in"),
            chatted_in=period(query, "chatted_in"),
            on_path=None if started is None else _paths(query, started),
            days_done=one(query, "days_done", _path_day),
            outcome=one(query, "outcome", Outcome),
            stopped_after=one(query, "stopped_after", _wait),
            insight=one(query, "insight", InsightCategory),
            insight_in=period(query, "insight_in"),
            insight_read=on(query, "insight_read"),
        ),
        ClientBehind(),
    )


def sources(query: Query, name: str) -> tuple[str, ...]:
    """Where clients come from; what is not known has a sign of its own."""
    return tuple("" if source == NOTHING else source for source in several(query, name, word))


def silence_of(raw: str) -> int:
    """Days after which a client is silent. Raises ``ValueError`` when nobody would wait so long."""
    return _within(raw, 1, LONGEST_SILENCE)


def period(query: Query, name: str) -> Period | None:
    """Business days, both ends included."""
    first, last = days(query, name)
    return None if first is None or last is None else Period(first, last)


def _error(query: Query) -> str | None:
    said = text(query, "generator_error")
    return "" if said == NOTHING else said


def _paths(query: Query, started: Period) -> PathFilter:
    return PathFilter(
        started.first,
        started.last,
        levels=several(query, "path_level", level_of),
        archetypes=several(query, "archetype", word),
        silent_days=one(query, "silence", silence_of) or SILENT_DAYS,
    )


def _unless_empty(found: Behind, empty: Behind) -> Behind | None:
    return found if any(getattr(found, f.name) != getattr(empty, f.name) for f in fields(empty)) else None


def _weekday(raw: str) -> int:
    return _within(raw, 1, 7)


def _hour(raw: str) -> int:
    return _within(raw, 0, 23)


def _wait(raw: str) -> int:
    return _within(raw, 0, _LONGEST_WAIT)


def _path_day(raw: str) -> int:
    return _within(raw, 0, 7)


def _moment(raw: str) -> datetime:
    moment = datetime.fromisoformat(raw)
    if not 1990 <= moment.year <= 2990:
        raise ValueError("the moments around this one do not exist in every zone")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _within(raw: str, least: int, most: int) -> int:
    found = int(raw)
    if not least <= found <= most:
        raise ValueError("there is no such number here")
    return found
