"""A limit that is passed, in words: for the mail and for the notice on screen."""

from dataclasses import dataclass

from dashboard.analytics.look import written
from dashboard.charts.chart import Target
from dashboard.locale import _, ngettext, number, percent, span_words
from lumira_db.queries.limits import AlertRow
from lumira_db.states import AlertKind


@dataclass(frozen=True, slots=True)
class Warned:
    """A limit that is passed, in words: what, the figure and its limit, the days that were measured, where to look."""

    title: str
    figure: str
    limit: str
    days: str
    target: Target


def warned(alert: AlertRow) -> Warned:
    """What is passed, its figure, its limit, and where to look."""
    days = written(alert.first, alert.last)
    measured = _("Measured from {days}").format(days=span_words(alert.first, alert.last))
    if alert.kind is AlertKind.LATE_BACKLOG:
        count = round(alert.value)
        late = ngettext(
            "{count} order has waited longer than was promised.",
            "{count} orders have waited longer than was promised.",
            count,
        )
        return Warned(
            _("Orders are late"),
            late.format(count=number(count)),
            _("The limit is {count}.").format(count=number(round(alert.bound))),
            measured,
            Target("operations", {"section": "backlog", "period": days}),
        )
    if alert.kind is AlertKind.CONVERSION:
        return Warned(
            _("Fewer checkouts are paid"),
            _("{share} of the checkouts begun were paid.").format(share=percent(alert.value)),
            _("The limit is {share}, from the four spans before.").format(share=percent(alert.bound)),
            measured,
            Target("revenue", {"period": days}),
        )
    return Warned(
        _("More orders are refunded"),
        _("For every hundred orders paid, {count} were refunded.").format(count=number(round(alert.value * 100, 1))),
        _("The limit is {count}, from the four spans before.").format(count=number(round(alert.bound * 100, 1))),
        measured,
        Target("revenue", {"period": days, "section": "refunds"}),
    )
