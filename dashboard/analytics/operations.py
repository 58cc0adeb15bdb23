"""The sections of the screen of operations: what waits, how long readings take, who decides what, what fails."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dashboard.analytics import behind
from dashboard.analytics.look import Look
from dashboard.analytics.revenue import timeline
from dashboard.analytics.section import At, Panel, Section
from dashboard.charts import palette, words
from dashboard.charts.bars import Bar, Part, bars, parted
from dashboard.charts.card import Card, Good, card
from dashboard.charts.chart import Target
from dashboard.charts.series import Series, over_time
from dashboard.charts.sheet import Field, Line, Sheet
from dashboard.context import zone as business_zone
from dashboard.locale import _, ngettext, number
from dashboard.locale.labels import label, level_name
from dashboard.locale.outcomes import DECISIONS
from dashboard.settings import get_settings
from lumira_db.enums import DeliveryFormat
from lumira_db.i18n_marker import N_
from lumira_db.metrics import Unit
from lumira_db.periods import Grain, Period
from lumira_db.queries import expertise, operations
from lumira_db.queries.expertise import Decision
from lumira_db.states import DeliveryState

_SHOWN_REASONS = 12


@dataclass(frozen=True, slots=True)
class Counts:
    """What the cards of the screen are made of: what waited at the end of the period or waits now (the moment ``at``),
    and what was done."""

    at: datetime | None = None
    waiting: int = 0
    late: int = 0
    delivered: int = 0
    kept: int = 0
    approved: int = 0
    revised: int = 0
    rejected: int = 0

    @property
    def decided(self) -> int:
        return self.approved + self.revised + self.rejected

    @property
    def kept_share(self) -> float | None:
        return self.kept / self.delivered if self.delivered else None

    def rate(self, part: int) -> float | None:
        return part / self.decided if self.decided else None


@dataclass(frozen=True, slots=True)
class Summary:
    """What the cards say: of the period, and of what it is compared with (None: nothing)."""

    now: Counts
    before: Counts | None


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waited at the end of each bucket, and when the last of them ended."""

    points: tuple[operations.BacklogPoint, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Times:
    """How long readings took, to their approval and to their delivery."""

    validated: tuple[operations.SpanRow, ...]
    delivered: tuple[operations.SpanRow, ...]


@dataclass(frozen=True, slots=True)
class Experts:
    """What each expert approved, how long it took them and how much they changed."""

    approvals: tuple[expertise.ApprovalPoint, ...]
    pace: tuple[expertise.PaceRow, ...]
    changed: tuple[expertise.ChangeRow, ...]


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions by expert and level, and the reasons of those that sent a reading back."""

    rows: tuple[expertise.DecisionRow, ...]
    reasons: tuple[expertise.ReasonRow, ...]


def _promise() -> dict[int, timedelta]:
    return {level: timedelta(hours=hours) for level, hours in get_settings().promise_hours.items()}


def read_summary(at: At) -> Summary:
    """What the cards say."""
    other = at.look.other
    return Summary(_counts(at, at.look.period), None if other is None else _counts(at, other))


def _counts(at: At, period: Period) -> Counts:
    chosen = at.look.work(period)
    waiting: Sequence[operations.BacklogPoint] = ()
    day = min(period.last, at.now.astimezone(at.zone).date())
    # What waits is nobody's in particular: who sees their own work has no figure of it.
    if at.look.staff_id is None and day >= period.first:
        then = replace(chosen, first=day, last=day, until=None)
        waiting = operations.backlog(at.session, then, Grain.DAY, zone=at.zone, now=at.now, promise=_promise())
    delivered, kept = operations.count_delivered(at.session, chosen, zone=at.zone, promise=_promise())
    approved, revised, rejected = expertise.decided_on(at.session, chosen, zone=at.zone)
    return Counts(
        at=min(at.now, Period(day, day).end(at.zone)),
        waiting=sum(point.orders for point in waiting),
        late=sum(point.late for point in waiting),
        delivered=delivered,
        kept=kept,
        approved=approved,
        revised=revised,
        rejected=rejected,
    )


def cards(data: Summary, look: Look) -> Sequence[Card]:
    """The cards of the screen."""
    now, before = data.now, data.before or Counts()
    days = behind.span_of(look.period)
    late = _("{count} later than promised").format(count=number(now.late)) if now.late else ""

    def one(
        code: str, of: Callable[[Counts], float | None], target: Target | None = None, *, good: Good, note: str = ""
    ) -> Card:
        compared = data.before is not None
        return card(code, of(now), of(before), good=good, compared=compared, note=note, target=target)

    waiting = behind.waiting(now.at, now.waiting, levels=look.levels) if now.at else None
    everybodys = () if look.staff_id else (one("backlog", lambda c: c.waiting, waiting, good="down", note=late),)
    return (
        *everybodys,
        one(
            *("approvals", lambda c: c.approved),
            behind.decided(look, Decision.APPROVE, now.approved),
            good="neither",
        ),
        one(
            *("kept_promise", lambda c: c.kept_share),
            behind.worked(look, None, now.delivered, delivered_in=days),
            good="up",
            note=_of_orders(now.kept, now.delivered),
        ),
        one(
            *("revision_rate", lambda c: c.rate(c.revised)),
            behind.decided(look, Decision.REVISE, now.revised),
            good="down",
            note=_of_orders(now.revised, now.decided),
        ),
        one(
            *("rejection_rate", lambda c: c.rate(c.rejected)),
            behind.decided(look, Decision.REJECT, now.rejected),
            good="down",
            note=_of_orders(now.rejected, now.decided),
        ),
    )


def _of_orders(some: int, every: int) -> str:
    return _("{some} of {all}").format(some=number(some), all=number(every)) if every else ""


def _read_backlog(at: At) -> Backlog:
    points = operations.backlog(
        *(at.session, at.look.work(), at.look.grain), zone=at.zone, now=at.now, promise=_promise()
    )
    return Backlog(points, min(at.now, at.look.period.end(at.zone)))


def _backlog(data: Backlog, look: Look, _currency: str) -> Sequence[Panel]:
    points = {(point.start, point.level): point for point in data.points}
    starts = list(look.period.buckets(look.grain))
    ends = [min(Period(*days).end(business_zone()), data.at) for days in look.buckets()]
    levels = sorted({point.level for point in data.points})
    series = [
        Series(
            level_name(level),
            palette.of_level(level),
            [points[start, level].orders if (start, level) in points else 0 for start in starts],
            [
                behind.waiting(ends[n], points[start, level].orders, levels=[level])
                if (start, level) in points
                else None
                for n, start in enumerate(starts)
            ],
        )
        for level in levels
    ]
    chart = over_time(
        *(_("Orders that waited, by level, at the end of each day or span"), timeline(look), series),
        unit=Unit.COUNT,
        adds_up=False,
    )
    last = max((point.start for point in data.points), default=None)
    now = [point for point in data.points if point.start == last]
    return [Panel(chart, None), _ages(now, data.at)]


def _ages(points: Sequence[operations.BacklogPoint], at: datetime) -> Panel:
    bounds = list(zip((0, *operations.AGES), (*operations.AGES, None), strict=True))
    names = [_age_name(since, until) for since, until in bounds]
    parts = [
        Part(
            level_name(point.level),
            palette.of_level(point.level),
            point.ages,
            [
                behind.waiting(at, count, levels=[point.level], since=since, until=until)
                for count, (since, until) in zip(point.ages, bounds, strict=True)
            ],
        )
        for point in points
    ]
    lines = [
        Line(
            (point.level, *point.ages, point.orders, point.late), behind.waiting(at, point.orders, levels=[point.level])
        )
        for point in points
    ]
    fields = [
        Field(_("Level"), "level"),
        *(Field(name, Unit.COUNT) for name in names),
        Field(_("In all"), Unit.COUNT),
        Field(_("Later than promised"), Unit.COUNT),
    ]
    title = _("What waits, by how long it has waited")
    return Panel(parted(title, names, parts, unit=Unit.COUNT), Sheet(_("Backlog"), fields, lines))


def _age_name(since: int, until: int | None) -> str:
    if until is None:
        return _("{days} d and more").format(days=since)
    if not since:
        return _("less than {days} d").format(days=until)
    return _("{since} to {until} d").format(since=since, until=until)


def _spans(at: At) -> tuple[tuple[operations.SpanRow, ...], tuple[operations.SpanRow, ...]]:
    chosen, promise = at.look.work(), _promise()
    return (
        operations.hours_to_validate(at.session, chosen, zone=at.zone, promise=promise),
        operations.hours_to_deliver(at.session, chosen, zone=at.zone, promise=promise),
    )


def _read_times(at: At) -> Times:
    return Times(*_spans(at))


def _times(data: Times, look: Look, _currency: str) -> Sequence[Panel]:
    days = behind.span_of(look.period)
    return [
        _span_panel(_("From payment to approval, median by level"), data.validated, look, {"approved_in": days}),
        _span_panel(_("From payment to delivery, median by level"), data.delivered, look, {"delivered_in": days}),
    ]


def _span_panel(title: str, rows: Sequence[operations.SpanRow], look: Look, query: dict[str, str]) -> Panel:
    promise = get_settings().promise_hours
    targets = [behind.worked(look, row.level, row.orders, **query) for row in rows]
    drawn = [
        Bar(
            *(level_name(row.level), row.median_hours, palette.of_level(row.level), target),
            more=_("90th percentile: {span}; promise kept: {share}").format(
                span=words.hours(row.p90_hours), share=words.value(row.kept_share, Unit.SHARE)
            ),
        )
        for row, target in zip(rows, targets, strict=True)
    ]
    lines = [
        Line((row.level, row.orders, row.median_hours, row.p90_hours, promise.get(row.level), row.kept_share), target)
        for row, target in zip(rows, targets, strict=True)
    ]
    fields = [
        Field(_("Level"), "level"),
        Field(_("Orders"), Unit.COUNT),
        Field(_("Median time"), Unit.HOURS),
        Field(_("90th percentile"), Unit.HOURS),
        Field(_("Promised"), Unit.HOURS),
        Field(_("Promise kept"), Unit.SHARE),
    ]
    return Panel(bars(title, drawn, unit=Unit.HOURS), Sheet(title, fields, lines))


def _read_decisions(at: At) -> Decisions:
    chosen = at.look.work()
    return Decisions(
        expertise.decisions(at.session, chosen, zone=at.zone), expertise.reasons(at.session, chosen, zone=at.zone)
    )


def _decisions(data: Decisions, look: Look, _currency: str) -> Sequence[Panel]:
    names = [f"{row.staff_name} · {level_name(row.level)}" for row in data.rows]
    kinds = (
        (_("Approved"), palette.GREEN, Decision.APPROVE, [row.approved for row in data.rows]),
        (_("Revisions"), palette.ORANGE, Decision.REVISE, [row.revised for row in data.rows]),
        (_("Rejections"), palette.RED, Decision.REJECT, [row.rejected for row in data.rows]),
    )
    parts = [
        Part(
            *(name, colour, counts),
            [
                behind.decided(look, decision, count, staff_id=row.staff_id, level=row.level)
                for row, count in zip(data.rows, counts, strict=True)
            ],
        )
        for name, colour, decision, counts in kinds
    ]
    title = _("Readings decided on, by expert and level")
    lines = [
        Line(
            (
                *(row.staff_name, row.level, row.approved, row.revised, row.rejected),
                *(row.revised / row.decisions, row.rejected / row.decisions),
            ),
            behind.decided(look, Decision.APPROVE, row.approved, staff_id=row.staff_id, level=row.level),
        )
        for row in data.rows
    ]
    fields = [
        Field(_("Expert")),
        Field(_("Level"), "level"),
        Field(_("Approved"), Unit.COUNT),
        Field(_("Revisions"), Unit.COUNT),
        Field(_("Rejections"), Unit.COUNT),
        Field(_("Share sent back"), Unit.SHARE),
        Field(_("Share rejected"), Unit.SHARE),
    ]
    return [
        Panel(parted(title, names, parts, unit=Unit.COUNT), Sheet(title, fields, lines)),
        _reasons(data.reasons, look),
    ]


def _reasons(rows: Sequence[expertise.ReasonRow], look: Look) -> Panel:
    title = _("Why readings were sent back or rejected")
    colours = {Decision.REVISE: palette.ORANGE, Decision.REJECT: palette.RED}
    targets = [behind.decided(look, row.decision, row.count, reason=row.key) for row in rows]
    drawn = [
        Bar(row.reason, row.count, colours.get(row.decision, palette.GREY), target, more=_(DECISIONS[row.decision]))
        for row, target in zip(rows[:_SHOWN_REASONS], targets, strict=False)
    ]
    lines = [
        Line((row.reason, _(DECISIONS[row.decision]), row.count), target)
        for row, target in zip(rows, targets, strict=True)
    ]
    fields = [Field(_("Reason")), Field(_("Decision")), Field(_("Readings"), Unit.COUNT)]
    return Panel(bars(title, drawn, unit=Unit.COUNT), Sheet(title, fields, lines))


def _read_experts(at: At) -> Experts:
    chosen = at.look.work()
    return Experts(
        expertise.approvals(at.session, chosen, at.look.grain, zone=at.zone),
        expertise.pace(at.session, chosen, zone=at.zone),
        expertise.text_changed(at.session, chosen, zone=at.zone),
    )


def _experts(data: Experts, look: Look, _currency: str) -> Sequence[Panel]:
    people = dict(
        sorted({point.staff_id: point.staff_name for point in data.approvals}.items(), key=lambda one: one[1])
    )
    points = {(point.start, point.staff_id): point.approved for point in data.approvals}
    totals = {staff: points[None, staff] for staff in people}
    starts = list(look.period.buckets(look.grain))
    series = [
        Series(
            name,
            palette.of_place(place),
            [points.get((start, staff), 0) for start in starts],
            [
                behind.decided(look, Decision.APPROVE, points.get((start, staff), 0), days=days, staff_id=staff)
                for start, days in zip(starts, look.buckets(), strict=True)
            ],
        )
        for place, (staff, name) in enumerate(people.items())
    ]
    chart = over_time(_("Readings approved, by expert"), timeline(look), series, unit=Unit.COUNT)
    pace = {row.staff_id: row.median_minutes for row in data.pace}
    changed = {row.staff_id: row.share for row in data.changed}
    lines = [
        Line(
            (
                *(name, totals[staff]),
                *(pace.get(staff), changed.get(staff)),
            ),
            behind.decided(look, Decision.APPROVE, totals[staff], staff_id=staff),
        )
        for staff, name in people.items()
    ]
    fields = [
        Field(_("Expert")),
        Field(_("Approved"), Unit.COUNT),
        Field(_("Minutes per reading"), Unit.MINUTES),
        Field(_("Text changed"), Unit.SHARE),
    ]
    return [Panel(chart, Sheet(_("Readings approved, by expert"), fields, lines))]


def _read_failures(at: At) -> tuple[expertise.FailureRow, ...]:
    return expertise.generator_failures(at.session, at.look.work(), zone=at.zone)


def _failures(data: tuple[expertise.FailureRow, ...], look: Look, _currency: str) -> Sequence[Panel]:
    title = _("Orders that the generator failed, by what it said")
    targets = [behind.not_generated(look, row.error, row.orders) for row in data]
    drawn = [
        Bar(row.error or "–", row.orders, palette.RED, target, more=_requests_text(row.requests))
        for row, target in zip(data[:_SHOWN_REASONS], targets, strict=False)
    ]
    fields = [Field(_("Error")), Field(_("Orders"), Unit.COUNT), Field(_("Requests"), Unit.COUNT)]
    lines = [
        Line((row.error or "–", row.orders, row.requests), target) for row, target in zip(data, targets, strict=True)
    ]
    return [Panel(bars(title, drawn, unit=Unit.COUNT), Sheet(title, fields, lines))]


def _requests_text(count: int) -> str:
    return ngettext("{count} request", "{count} requests", count).format(count=number(count))


def _read_deliveries(at: At) -> tuple[expertise.DeliveryRow, ...]:
    return expertise.deliveries(at.session, at.look.work(), zone=at.zone)


def _deliveries(data: tuple[expertise.DeliveryRow, ...], look: Look, _currency: str) -> Sequence[Panel]:
    title = _("Deliveries, by channel and what became of them")
    channels = list(dict.fromkeys(row.channel for row in data))
    states = list(dict.fromkeys(row.state for row in data))
    tones = {"SENT": palette.GREEN, "FAILED": palette.RED, "BLOCKED": palette.ORANGE, "CANCELLED": palette.GREY}
    sums: Counter[tuple[DeliveryFormat, DeliveryState]] = Counter()
    for row in data:
        sums[row.channel, row.state] += row.deliveries
    parts = [
        Part(
            label(state),
            tones.get(state.value, palette.BLUE),
            [sums[channel, state] for channel in channels],
            [behind.deliveries(look, channel, state, sums[channel, state]) for channel in channels],
        )
        for state in states
    ]
    # The list is not narrowed by an error: a row that shares its state with another leads nowhere.
    lines = [
        Line(
            (label(row.channel), label(row.state), row.error or "–", row.deliveries),
            behind.deliveries(look, row.channel, row.state, row.deliveries)
            if sums[row.channel, row.state] == row.deliveries
            else None,
        )
        for row in data
    ]
    fields = [Field(_("Channel")), Field(_("State")), Field(_("Error")), Field(_("Deliveries"), Unit.COUNT)]
    chart = parted(title, [label(channel) for channel in channels], parts, unit=Unit.COUNT)
    return [Panel(chart, Sheet(title, fields, lines))]


BACKLOG_SECTION = Section(
    *("backlog", N_("Backlog"), ("backlog",), _read_backlog, _backlog), by_grain=True, everybodys=True
)
TIMES_SECTION = Section(
    *("times", N_("Times"), ("hours_to_validate", "hours_to_deliver", "kept_promise"), _read_times, _times)
)
EXPERTS_SECTION = Section(
    *("experts", N_("Experts"), ("approvals", "minutes_per_reading", "text_changed"), _read_experts, _experts),
    by_grain=True,
)
SECTIONS = (
    BACKLOG_SECTION,
    TIMES_SECTION,
    Section(*("decisions", N_("Decisions"), ("revision_rate", "rejection_rate"), _read_decisions, _decisions)),
    EXPERTS_SECTION,
    Section(*("failures", N_("Generator"), ("generator_failures",), _read_failures, _failures), everybodys=True),
    Section(*("deliveries", N_("Deliveries"), ("deliveries",), _read_deliveries, _deliveries), everybodys=True),
)
