"""The sections of the screen of revenue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.analytics import behind
from dashboard.analytics.look import Look, Measure, Shape
from dashboard.analytics.section import At, Panel, Section
from dashboard.charts import palette, words
from dashboard.charts.bars import Bar, bars
from dashboard.charts.heat import Cell, heat
from dashboard.charts.series import Series, Timeline, over_time
from dashboard.charts.sheet import Field, Line, Sheet
from dashboard.locale import _, ngettext, number, weekday_name
from dashboard.locale.labels import LEVELS, level_name
from lumira_db.i18n_marker import N_
from lumira_db.metrics import Unit
from lumira_db.periods import Comparison, Grain
from lumira_db.queries import revenue
from lumira_db.queries.facts import Buyers

_SHOWN_SOURCES = 12
_GRAINS = {Grain.DAY: N_("by day"), Grain.WEEK: N_("by week"), Grain.MONTH: N_("by month")}


@dataclass(frozen=True, slots=True)
class ByLevel:
    """Revenue by level, of the period and of what it is compared with."""

    points: tuple[revenue.LevelPoint, ...]
    beside: tuple[revenue.LevelPoint, ...]


def timeline(look: Look) -> Timeline:
    """The buckets of a look."""
    return Timeline(look.buckets(), look.grain, look.running)


def unit_of(look: Look) -> Unit:
    """What the look's measure counts."""
    return Unit.CENTS if look.measure is Measure.AMOUNT else Unit.COUNT


def measured(look: Look, orders: int, cents: int) -> int:
    """The one of two values that the look asks for."""
    return cents if look.measure is Measure.AMOUNT else orders


def orders_text(count: int) -> str:
    """``12 orders``."""
    return ngettext("{count} order", "{count} orders", count).format(count=number(count))


def _currencies(
    rows: Iterable[revenue.LevelPoint | revenue.BuyersPoint | revenue.HourCell | revenue.SourceRow],
) -> Sequence[str]:
    sums: dict[str, int] = {}
    for row in rows:
        sums[row.currency] = sums.get(row.currency, 0) + row.cents
    return sorted(sums, key=lambda name: (-sums[name], name))


def _read_levels(at: At) -> ByLevel:
    points = revenue.by_level(at.session, at.look.revenue(), at.look.grain, zone=at.zone)
    beside = (
        revenue.by_level(at.session, at.look.revenue(at.look.other), at.look.grain, zone=at.zone)
        if at.look.other
        else ()
    )
    return ByLevel(points, beside)


def _levels(data: ByLevel, look: Look, currency: str) -> Sequence[Panel]:
    points = [point for point in data.points if point.currency == currency]
    buckets = look.buckets()
    at: dict[date, dict[int, revenue.LevelPoint]] = {}
    for point in points:
        at.setdefault(_clipped(point.start, look), {})[point.level] = point
    found = sorted({point.level for point in points} | set(look.levels or LEVELS), key=lambda n: (n not in LEVELS, n))
    series = [
        Series(
            level_name(level),
            palette.of_level(level),
            [_measured_point(at.get(first, {}).get(level), look) for first, _last in buckets],
            [
                behind.paid_orders(look, currency, at[days[0]][level].orders, days=days, levels=[level])
                if level in at.get(days[0], {})
                else None
                for days in buckets
            ],
        )
        for level in found
    ]
    chart = over_time(
        _titled(look, amount=N_("Revenue by level"), count=N_("Orders by level"), currency=currency),
        timeline(look),
        series,
        unit=unit_of(look),
        currency=currency,
        shares=look.shape is Shape.SHARE,
        beside=_beside(data.beside, look, currency),
        beside_name=_("Same last year") if look.comparison is Comparison.YEAR else _("Period before"),
    )
    sums = {
        level: (sum(p.orders for p in points if p.level == level), sum(p.cents for p in points if p.level == level))
        for level in found
    }
    return [Panel(chart, _level_sheet(sums, look, currency))]


def _level_sheet(sums: dict[int, tuple[int, int]], look: Look, currency: str) -> Sheet:
    orders, cents = sum(n for n, _c in sums.values()), sum(c for _n, c in sums.values())
    lines = [
        Line(
            (level, n, n / orders if orders else None, c, c / cents if cents else None, c / n if n else None),
            behind.paid_orders(look, currency, n, levels=[level]),
        )
        for level, (n, c) in sums.items()
    ]
    total = Line((_("Total"), orders, None, cents, None, cents / orders if orders else None))
    fields = [
        Field(_("Level"), "level"),
        Field(_("Orders"), Unit.COUNT),
        Field(_("Share of orders"), Unit.SHARE),
        Field(_("Revenue"), Unit.CENTS),
        Field(_("Share of revenue"), Unit.SHARE),
        Field(_("Average order"), Unit.CENTS),
    ]
    return Sheet(_("Revenue by level"), fields, lines, currency, total)


def _read_buyers(at: At) -> tuple[revenue.BuyersPoint, ...]:
    return revenue.by_buyers(at.session, at.look.revenue(), at.look.grain, zone=at.zone)


def _buyers(data: tuple[revenue.BuyersPoint, ...], look: Look, currency: str) -> Sequence[Panel]:
    points = {(_clipped(p.start, look), p.is_new): p for p in data if p.currency == currency}
    kinds = (
        (True, Buyers.NEW, _("New clients"), palette.BLUE),
        (False, Buyers.RETURNING, _("Returning"), palette.ROSE),
    )
    series = [
        Series(
            name,
            colour,
            [_measured_point(points.get((first, is_new)), look) for first, _last in look.buckets()],
            [
                behind.paid_orders(look, currency, points[days[0], is_new].orders, days=days, buyers=kind)
                if (days[0], is_new) in points
                else None
                for days in look.buckets()
            ],
        )
        for is_new, kind, name, colour in kinds
    ]
    chart = over_time(
        _titled(
            look,
            amount=N_("Revenue of new and returning clients"),
            count=N_("Orders of new and returning clients"),
            currency=currency,
        ),
        timeline(look),
        series,
        unit=unit_of(look),
        currency=currency,
        shares=look.shape is Shape.SHARE,
    )
    lines = []
    cents = sum(p.cents for p in points.values())
    for is_new, kind, name, _colour in kinds:
        mine = [p for (_start, new), p in points.items() if new is is_new]
        orders, sum_ = sum(p.orders for p in mine), sum(p.cents for p in mine)
        target = behind.paid_orders(look, currency, orders, buyers=kind)
        values = (name, orders, sum_, sum_ / cents if cents else None, sum_ / orders if orders else None)
        lines.append(Line(values, target))
    fields = [
        Field(_("Clients")),
        Field(_("Orders"), Unit.COUNT),
        Field(_("Revenue"), Unit.CENTS),
        Field(_("Share of revenue"), Unit.SHARE),
        Field(_("Average order"), Unit.CENTS),
    ]
    return [Panel(chart, Sheet(_("New and returning clients"), fields, lines, currency))]


def _read_hours(at: At) -> tuple[revenue.HourCell, ...]:
    return revenue.by_hour(at.session, at.look.revenue(), zone=at.zone)


def _hours(data: tuple[revenue.HourCell, ...], look: Look, currency: str) -> Sequence[Panel]:
    found = [cell for cell in data if cell.currency == currency]
    unit, days = unit_of(look), [weekday_name(day) for day in range(1, 8)]
    hours = [_("{hour} h").format(hour=hour) for hour in range(24)]
    targets = {
        (c.weekday, c.hour): behind.paid_orders(look, currency, c.orders, weekday=str(c.weekday), hour=str(c.hour))
        for c in found
    }
    cells = {
        (cell.weekday - 1, cell.hour): Cell(
            measured(look, cell.orders, cell.cents),
            orders_text(cell.orders) if unit is Unit.CENTS else words.value(cell.cents, Unit.CENTS, currency),
            targets[cell.weekday, cell.hour],
        )
        for cell in found
    }
    chart = heat(
        _titled(
            look,
            amount=N_("When revenue comes in: weekday and hour"),
            count=N_("When orders come in: weekday and hour"),
            currency=currency,
            over_time=False,
        ),
        hours,
        days,
        cells,
        unit=unit,
        currency=currency,
    )
    ranked = sorted(found, key=lambda cell: (-measured(look, cell.orders, cell.cents), cell.weekday, cell.hour))
    lines = [Line((days[c.weekday - 1], hours[c.hour], c.orders, c.cents), targets[c.weekday, c.hour]) for c in ranked]
    fields = [
        Field(_("Weekday")),
        Field(_("Hour")),
        Field(_("Orders"), Unit.COUNT),
        Field(_("Revenue"), Unit.CENTS),
    ]
    return [Panel(chart, Sheet(_("Weekday and hour"), fields, lines, currency))]


def _read_sources(at: At) -> tuple[revenue.SourceRow, ...]:
    return revenue.by_source(at.session, at.look.revenue(), zone=at.zone)


def _sources(data: tuple[revenue.SourceRow, ...], look: Look, currency: str) -> Sequence[Panel]:
    rows = sorted(
        (row for row in data if row.currency == currency),
        key=lambda row: (-measured(look, row.orders, row.cents), row.source),
    )
    cents = sum(row.cents for row in rows)
    targets = {row.source: behind.paid_orders(look, currency, row.orders, sources=[row.source]) for row in rows}
    drawn = [
        Bar(
            source_name(row.source),
            measured(look, row.orders, row.cents),
            palette.BLUE if row.source else palette.GREY,
            targets[row.source],
            more=orders_text(row.orders),
        )
        for row in rows[:_SHOWN_SOURCES]
    ]
    title = _titled(
        look, amount=N_("Revenue by source"), count=N_("Orders by source"), currency=currency, over_time=False
    )
    lines = [
        Line(
            (
                source_name(row.source),
                *(row.orders, row.cents, row.cents / cents if cents else None, row.clients),
                row.new_clients / row.clients if row.clients else None,
            ),
            targets[row.source],
        )
        for row in rows
    ]
    fields = [
        Field(_("Source")),
        Field(_("Orders"), Unit.COUNT),
        Field(_("Revenue"), Unit.CENTS),
        Field(_("Share of revenue"), Unit.SHARE),
        Field(_("Clients"), Unit.COUNT),
        Field(_("New clients"), Unit.SHARE),
    ]
    sheet = Sheet(_("Revenue by source"), fields, lines, currency)
    return [Panel(bars(title, drawn, unit=unit_of(look), currency=currency), sheet)]


def source_name(source: str) -> str:
    """Where clients come from; nothing is known of some."""
    return source or _("Not known")


def _measured_point(point: revenue.LevelPoint | revenue.BuyersPoint | None, look: Look) -> int:
    return measured(look, point.orders, point.cents) if point else 0


def _clipped(start: date, look: Look) -> date:
    """The first day of a bucket that lies in the period."""
    return max(start, look.period.first)


def _beside(points: Sequence[revenue.LevelPoint], look: Look, currency: str) -> Sequence[int]:
    """The totals of the buckets of what the period is compared with, in their order."""
    if look.other is None:
        return ()
    sums: dict[date, int] = {}
    for point in points:
        if point.currency == currency:
            sums[point.start] = sums.get(point.start, 0) + measured(look, point.orders, point.cents)
    return [sums.get(start, 0) for start in look.other.buckets(look.grain)]


def _titled(look: Look, *, amount: str, count: str, currency: str, over_time: bool = True) -> str:
    subject = _(amount if look.measure is Measure.AMOUNT else count)
    if over_time:
        return _("{subject}, {grain} · {currency}").format(
            subject=subject, grain=_(_GRAINS[look.grain]), currency=currency.upper()
        )
    return _("{subject} · {currency}").format(subject=subject, currency=currency.upper())


LEVELS_SECTION = Section(
    *("levels", N_("Levels"), ("paid", "orders", "average"), _read_levels, _levels),
    currencies=lambda data: _currencies(data.points),
    by_grain=True,
    by_measure=True,
    by_share=True,
)
BUYERS_SECTION = Section(
    *("buyers", N_("New and returning"), ("paid", "orders"), _read_buyers, _buyers),
    currencies=_currencies,
    by_grain=True,
    by_measure=True,
    by_share=True,
)
SOURCES_SECTION = Section(
    *("sources", N_("Sources"), ("paid", "orders", "clients", "new_share"), _read_sources, _sources),
    currencies=_currencies,
    by_measure=True,
)
HOURS_SECTION = Section(
    *("hours", N_("Hours"), ("paid", "orders"), _read_hours, _hours), currencies=_currencies, by_measure=True
)
