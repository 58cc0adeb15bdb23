"""``lumira stripe``: fetch what Stripe told while nobody listened."""

import re
from collections import Counter
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from dashboard.cli_output import INCOMPLETE, NO, UNREACHABLE, Failure, complain, say, steps

app = typer.Typer(help="What Stripe knows.", no_args_is_help=True)
_REMEMBERED = timedelta(days=30)
_SPAN = re.compile(r"(\d{1,4})([dh])")


@app.callback()
def _group() -> None:
    """What Stripe knows."""


@app.command()
def replay(
    since: Annotated[
        str,
        typer.Option(envvar="LUMIRA_STRIPE_SINCE", help="A day (2026-02-01), a moment, or a span: 3d, 12h."),
    ],
) -> None:
    """Fetch every event since then and take those that had not come; may be run again at any time."""
    from dashboard.cli_database import opened
    from dashboard.gateways.stripe import TROUBLES, Span, StripeUnavailable, make_stripe
    from dashboard.settings import get_settings
    from dashboard.workflows.events import replay as fetch
    from lumira_db.clock import utcnow
    from lumira_db.payments import EventState

    settings, now = get_settings(), utcnow()
    begin = _moment(since, now, ZoneInfo(settings.timezone))
    if now - begin > _REMEMBERED:
        say("Stripe remembers events for thirty days. What is older is found by comparing: Payments, Reconciliation.")
    counts: Counter[str] = Counter()
    try:
        with opened() as database, steps() as bar:
            for event, received in fetch(database, make_stripe(settings), Span(begin)):
                counts["known" if received.repeated else received.state.lower()] += 1
                bar(int(100 * (now - event.said_at) / (now - begin)), 100, "Events")
    except StripeUnavailable as problem:
        raise Failure(TROUBLES[problem.trouble], UNREACHABLE) from problem
    told = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    say(f"{counts.total():,} events: {told}." if counts else "Stripe has told nothing since then.")
    if counts[EventState.FAILED.lower()]:
        complain("Those that failed are kept and tried again: see Payments, Events.")
        raise typer.Exit(NO)


def _moment(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    span = _SPAN.fullmatch(text.strip())
    if span:
        count = int(span[1])
        return now - (timedelta(days=count) if span[2] == "d" else timedelta(hours=count))
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Failure("Say since when as 2026-02-01, 2026-02-01T08:00, 3d or 12h.", INCOMPLETE) from None
    found = found if found.tzinfo else found.replace(tzinfo=zone)
    if found >= now:
        raise Failure("Say a moment that has passed.", INCOMPLETE)
    return found
