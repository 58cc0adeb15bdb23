"""The cards of revenue: what they read, and how they compare."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dashboard.analytics import behind
from dashboard.analytics.look import Look
from dashboard.analytics.section import At
from dashboard.charts import words
from dashboard.charts.card import Card, card
from dashboard.charts.chart import Target
from dashboard.locale import _, number
from lumira_db.metrics import Unit
from lumira_db.queries import revenue
from lumira_db.queries.facts import Buyers, RevenueFilter
from lumira_db.queries.revenue import Figures

Of = Callable[[Figures], float | None]


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of the period in every currency, those of what it is compared with, and their course."""

    figures: tuple[Figures, ...]
    before: tuple[Figures, ...]
    course: tuple[revenue.Bucket, ...]

    def currencies(self, look: Look) -> tuple[str, ...]:
        """The currencies to show: the chosen one, or all that there are."""
        found = tuple(figures.currency for figures in self.figures)
        return (look.currency,) if look.currency is not None else found

    def of(self, currency: str) -> Figures:
        return next((one for one in self.figures if one.currency == currency), Figures(currency))

    def before_of(self, currency: str) -> Figures:
        return next((one for one in self.before if one.currency == currency), Figures(currency))


def read(at: At) -> Summary:
    """All currencies, whichever is chosen: the choice among them needs their names."""
    look = at.look
    every = RevenueFilter(look.period.first, look.period.last, None, look.levels, None, look.sources, look.buyers)
    before = revenue.cards(at.session, look.revenue(look.other), zone=at.zone) if look.other else ()
    return Summary(
        revenue.cards(at.session, every, zone=at.zone),
        before,
        revenue.trend(at.session, look.revenue(), look.grain, zone=at.zone),
    )


def cards(data: Summary, look: Look, currency: str) -> Sequence[Card]:
    """The cards of one currency, in the order in which they are read."""
    now, before = data.of(currency), data.before_of(currency)
    compared = look.other is not None
    course = {bucket.start: bucket.figures for bucket in data.course if bucket.figures.currency == currency}

    def one(code: str, of: Of, target: Target | None, *, good: str = "up", note: str = "") -> Card:
        spark = [of(course.get(start, Figures(currency))) for start in look.period.buckets(look.grain)]
        return card(
            *(code, of(now), of(before)),
            currency=currency,
            good=good,  # type: ignore[arg-type]
            compared=compared,
            spark=spark,
            note=note,
            target=target,
        )

    estimated = _("of which {amount} estimated").format(amount=words.value(now.estimated_cents, Unit.CENTS, currency))
    lost = words.value(now.abandoned_cents, Unit.CENTS, currency)
    paid = behind.paid_orders(look, currency, now.orders)
    return (
        one("paid", lambda f: f.paid_cents, paid),
        one(
            *("refunds", lambda f: f.refund_cents, behind.refunded_orders(look, currency, now.refunded_orders)),
            good="down",
            note=estimated if now.estimated_cents else "",
        ),
        one("net", lambda f: f.net_cents, None),
        one("orders", lambda f: f.orders, paid),
        one("average", lambda f: f.average_cents, paid),
        one("clients", lambda f: f.clients, behind.buyers_of(look, currency, now.clients)),
        one("new_share", lambda f: f.new_share, _new(look, currency, now), good="neither"),
        one(
            *("conversion", lambda f: f.conversion),
            behind.checkouts(look, currency, now.checkouts, checkout="1"),
            note=_("{paid} of {all} checkouts").format(paid=number(now.converted), all=number(now.checkouts)),
        ),
        one(
            *("abandoned", lambda f: f.abandoned),
            behind.checkouts(look, currency, now.abandoned, status="PENDING", ever_paid="0"),
            good="down",
            note=lost if now.abandoned else "",
        ),
    )


def _new(look: Look, currency: str, now: Figures) -> Target | None:
    # Those who return have no first order among theirs: the filter says so already.
    count = 0 if look.buyers is Buyers.RETURNING else now.new_clients
    return behind.buyers_of(look, currency, count, Buyers.NEW)
