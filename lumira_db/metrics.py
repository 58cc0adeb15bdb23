"""The figures: each is defined once, here, and used by every screen and export that shows it.

A figure has a name, a unit, a definition in words and its SQL. Money is cents and never mixes
currencies; a day is a business day (DOMAIN §4: revenue is what was paid, by ``paidAt``).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from lumira_db.i18n_marker import N_


@dataclass(frozen=True, slots=True)
class Metric:
    """The definition of a figure. ``sql`` takes ``:start`` and ``:end`` (UTC, half-open)."""

    name: str
    unit: str
    definition: str
    sql: str


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid in one currency: ``orders`` of them, ``cents`` in sum."""

    currency: str
    orders: int
    cents: int


PAID_REVENUE = Metric(
    name=N_("Paid"),
    unit="cents",
    definition=N_(
        "Orders by the day of their payment, whatever became of them since; refunds are counted apart, "
        "abandoned carts never. One sum per currency."
    ),
    sql="""
        SELECT lower(currency) AS currency, count(*) AS orders, sum(amount)::bigint AS cents
        FROM "Order"
        WHERE "paidAt" IS NOT NULL
          AND COALESCE("paidAt", TIMESTAMP '1970-01-01') >= :start
          AND COALESCE("paidAt", TIMESTAMP '1970-01-01') < :end
        GROUP BY lower(currency)
        ORDER BY cents DESC, lower(currency)
    """,
)


def paid_between(session: Session, start: datetime, end: datetime) -> tuple[Paid, ...]:
    """``PAID_REVENUE`` from ``start`` until before ``end`` (aware moments)."""
    window = {"start": _naive(start), "end": _naive(end)}
    return tuple(Paid(*row) for row in session.execute(text(PAID_REVENUE.sql), window))


def _naive(moment: datetime) -> datetime:
    # The contract's columns are timestamps without zone, in UTC.
    return moment.astimezone(UTC).replace(tzinfo=None)
