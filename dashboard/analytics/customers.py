"""The sections of the screen of revenue that follow clients and orders on: cohorts, lifetime value, refunds, prices."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from dashboard.analytics import behind
from dashboard.analytics.look import Look, written
from dashboard.analytics.revenue import orders_text
from dashboard.analytics.section import At, Panel, Section
from dashboard.charts import palette, words
from dashboard.charts.bars import Bar, bars
from dashboard.charts.chart import Target
from dashboard.charts.heat import Cell, heat
from dashboard.charts.sheet import Field, Line, Sheet
from dashboard.locale import _, day_words, ngettext, number
from dashboard.locale.labels import level_name
from lumira_db.currencies import units
from lumira_db.i18n_marker import N_
from lumira_db.metrics import Unit
from lumira_db.periods import Grain, months_later
from lumira_db.queries import customers


class _OfCurrency(Protocol):
    @property
    def currency(self) -> str: ...


def _read_cohorts(at: At) -> tuple[customers.CohortCell, ...]:
    return customers.cohorts(at.session, at.look.revenue(), zone=at.zone)


def _cohorts(data: tuple[customers.CohortCell, ...], look: Look, _currency: str) -> Sequence[Panel]:
    this_month = Grain.MONTH.start_of(look.today)
    starts = sorted({cell.cohort for cell in data})
    clients = {cell.cohort: cell.clients for cell in data}
    second = {(cell.cohort, cell.months): cell.second for cell in data}
    widest = max((_months_between(start, this_month) for start in starts), default=0)
    cells: dict[tuple[int, int], Cell] = {}
    lines = []
    for row, start in enumerate(starts):
        repeated = 0
        # The whole month, as it is counted, whatever the period cuts off.
        days = (start, behind.month_end(start))
        for months in range(_months_between(start, this_month) + 1):
            repeated += second.get((start, months), 0)
            until = behind.month_end(months_later(start, months))
            target = behind.first_buyers(
                look, look.currency, repeated, days=days, second_paid_in=written(days[0], until)
            )
            said = ngettext("{some} of {all} client", "{some} of {all} clients", clients[start])
            more = said.format(some=number(repeated), all=number(clients[start]))
            cells[row, months] = Cell(repeated / clients[start], more, target)
        share = repeated / clients[start]
        values = (day_words(start, "MMMM y"), clients[start], repeated, share)
        lines.append(Line(values, behind.first_buyers(look, look.currency, clients[start], days=days)))
    chart = heat(
        _("Clients who bought again, by the month of their first order and months since"),
        [_("+{months}").format(months=months) for months in range(widest + 1)],
        [day_words(start, "MMM y") for start in starts],
        cells,
        unit=Unit.SHARE,
    )
    fields = [
        Field(_("First order")),
        Field(_("Clients"), Unit.COUNT),
        Field(_("Bought again"), Unit.COUNT),
        Field(_("Repeat purchase"), Unit.SHARE),
    ]
    return [Panel(chart, Sheet(_("Repeat purchase"), fields, lines))]


def _read_values(at: At) -> tuple[customers.ValueRow, ...]:
    return customers.lifetime_values(at.session, at.look.revenue(), zone=at.zone)


def _values(data: tuple[customers.ValueRow, ...], look: Look, currency: str) -> Sequence[Panel]:
    rows = [row for row in data if row.currency == currency]
    targets = [behind.first_buyers(look, currency, row.clients, level=row.level) for row in rows]
    drawn = [
        Bar(
            level_name(row.level),
            max(row.per_client, 0),
            palette.of_level(row.level),
            target,
            end=words.value(row.per_client, Unit.CENTS, currency),
            more=ngettext("{count} client", "{count} clients", row.clients).format(count=number(row.clients)),
        )
        for row, target in zip(rows, targets, strict=True)
    ]
    title = _("Lifetime value of a client, by the level of the first order · {currency}")
    lines = [
        Line((row.level, row.clients, row.orders, row.cents, row.refund_cents, row.per_client), target)
        for row, target in zip(rows, targets, strict=True)
    ]
    fields = [
        Field(_("First level"), "level"),
        Field(_("Clients"), Unit.COUNT),
        Field(_("Orders"), Unit.COUNT),
        Field(_("Paid"), Unit.CENTS),
        Field(_("Refunds"), Unit.CENTS),
        Field(_("Value per client"), Unit.CENTS),
    ]
    chart = bars(title.format(currency=currency.upper()), drawn, unit=Unit.CENTS, currency=currency)
    return [Panel(chart, Sheet(_("Lifetime value"), fields, lines, currency))]


def _read_refunds(at: At) -> tuple[customers.RefundRow, ...]:
    return customers.refund_rates(at.session, at.look.revenue(), zone=at.zone)


def _refunds(data: tuple[customers.RefundRow, ...], look: Look, currency: str) -> Sequence[Panel]:
    rows = [row for row in data if row.currency == currency]
    targets = [behind.paid_orders(look, currency, row.refunded, levels=[row.level], refunded="1") for row in rows]
    drawn = [
        Bar(
            level_name(row.level),
            row.rate,
            palette.of_level(row.level),
            target,
            more=_("{some} of {all}").format(some=number(row.refunded), all=orders_text(row.orders)),
        )
        for row, target in zip(rows, targets, strict=True)
    ]
    lines = [
        Line((row.level, row.orders, row.refunded, row.rate, row.cents, row.refund_cents), target)
        for row, target in zip(rows, targets, strict=True)
    ]
    fields = [
        Field(_("Level"), "level"),
        Field(_("Orders"), Unit.COUNT),
        Field(_("Refunded"), Unit.COUNT),
        Field(_("Refund rate"), Unit.SHARE),
        Field(_("Paid"), Unit.CENTS),
        Field(_("Given back"), Unit.CENTS),
    ]
    title = _("Refund rate by level · {currency}").format(currency=currency.upper())
    return [Panel(bars(title, drawn, unit=Unit.SHARE), Sheet(_("Refund rate by level"), fields, lines, currency))]


def _read_catalogue(at: At) -> tuple[customers.OffCatalogueRow, ...]:
    return customers.off_catalogue(at.session, at.look.revenue(), zone=at.zone)


def _catalogue(data: tuple[customers.OffCatalogueRow, ...], look: Look, currency: str) -> Sequence[Panel]:
    rows = [row for row in data if row.currency == currency]
    orders: dict[int, int] = {}
    for row in rows:
        orders[row.level] = orders.get(row.level, 0) + row.orders
    drawn = [
        Bar(
            *(level_name(level), count, palette.of_level(level)),
            behind.paid_orders(look, currency, count, levels=[level], off_catalogue="1"),
        )
        for level, count in orders.items()
    ]
    lines = [Line(_off(row, currency), _off_target(row, look, currency)) for row in rows]
    fields = [
        Field(_("Level"), "level"),
        Field(_("Amount"), Unit.CENTS),
        Field(_("Orders"), Unit.COUNT),
        Field(_("Prices in the catalogue")),
    ]
    title = _("Orders whose amount is not in the catalogue · {currency}").format(currency=currency.upper())
    return [Panel(bars(title, drawn, unit=Unit.COUNT), Sheet(_("Off the catalogue"), fields, lines, currency))]


def _off(row: customers.OffCatalogueRow, currency: str) -> tuple[int | str, ...]:
    prices = ", ".join(words.value(price, Unit.CENTS, currency) for price in row.prices)
    return row.level, row.amount, row.orders, prices or _("None in this currency")


def _off_target(row: customers.OffCatalogueRow, look: Look, currency: str) -> Target | None:
    paid = str(units(row.amount, currency))
    return behind.paid_orders(look, currency, row.orders, levels=[row.level], off_catalogue="1", min=paid, max=paid)


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _currencies(rows: Iterable[_OfCurrency]) -> Sequence[str]:
    found = [row.currency for row in rows]
    return sorted(set(found), key=lambda name: (-found.count(name), name))


COHORTS_SECTION = Section(*("cohorts", N_("Cohorts"), ("repeat",), _read_cohorts, _cohorts))
VALUES_SECTION = Section(
    *("lifetime", N_("Lifetime value"), ("lifetime",), _read_values, _values), currencies=_currencies
)
REFUNDS_SECTION = Section(
    *("refunds", N_("Refunds"), ("refund_rate", "refunds"), _read_refunds, _refunds), currencies=_currencies
)
CATALOGUE_SECTION = Section(
    *("catalogue", N_("Off the catalogue"), ("off_catalogue",), _read_catalogue, _catalogue), currencies=_currencies
)
