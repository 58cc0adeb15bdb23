"""The sections of the screen of the path: how far clients come, where they stop, what they read and say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.analytics import behind
from dashboard.analytics.look import Look
from dashboard.analytics.section import At, Panel, Section
from dashboard.charts import palette, words
from dashboard.charts.bars import Bar, Part, bars, parted
from dashboard.charts.card import Card, card
from dashboard.charts.chart import Target
from dashboard.charts.curve import Step, steps
from dashboard.charts.sheet import Field, Line, Sheet, Value
from dashboard.locale import _, day_words, number
from dashboard.locale.labels import ACTION_TYPE, DOMAIN, level_name
from dashboard.locale.outcomes import OUTCOMES
from lumira_db.i18n_marker import N_
from lumira_db.metrics import Unit
from lumira_db.queries import paths
from lumira_db.queries.paths import Outcome, PathBy

_COLOURS = {
    Outcome.DONE: palette.GREEN,
    Outcome.IN_PROGRESS: palette.BLUE,
    Outcome.ABANDONED: palette.ROSE,
    Outcome.LOCKED: palette.GREY,
}


@dataclass(frozen=True, slots=True)
class Groups:
    """Paths by each of what they are told apart by."""

    archetypes: tuple[paths.PathGroup, ...]
    levels: tuple[paths.PathGroup, ...]
    months: tuple[paths.PathGroup, ...]
    actions: tuple[paths.ActionRow, ...]


def read_outcomes(at: At) -> paths.Outcomes:
    """Where the paths stand: what the cards of the screen say."""
    return paths.outcomes(at.session, at.look.paths(), zone=at.zone, now=at.now)


def cards(data: paths.Outcomes, look: Look) -> Sequence[Card]:
    """The cards of the screen."""

    def one(code: str, count: int, outcome: Outcome | None) -> Card:
        share = words.value(count / data.started, Unit.SHARE) if data.started and outcome else ""
        return card(code, count, note=share, target=behind.walkers(look, count, outcome=outcome))

    return (
        one("paths_started", data.started, None),
        one("paths_done", data.done, Outcome.DONE),
        one("paths_in_progress", data.in_progress, Outcome.IN_PROGRESS),
        one("paths_abandoned", data.abandoned, Outcome.ABANDONED),
        one("paths_locked", data.locked, Outcome.LOCKED),
    )


def _read_funnel(at: At) -> tuple[paths.FunnelDay, ...]:
    return paths.funnel(at.session, at.look.paths(), zone=at.zone, now=at.now)


def _funnel(data: tuple[paths.FunnelDay, ...], look: Look, _currency: str) -> Sequence[Panel]:
    started = data[0].paths if data else 0
    drawn, lines = [], []
    for place, day in enumerate(data):
        before = data[place - 1].paths if place else None
        target = behind.walkers(look, day.paths, days_done=day.day)
        of_start = day.paths / started if started else None
        of_before = day.paths / before if before else None
        end = f"{number(day.paths)} · {words.value(of_start, Unit.SHARE)}"
        said = _("{share} of the day before").format(share=words.value(of_before, Unit.SHARE)) if of_before else ""
        drawn.append(Bar(_day_name(day.day), day.paths, palette.TEAL, target, end=end, more=said))
        values = (_day_name(day.day), day.paths, of_start, of_before, day.median_hours, day.p90_hours)
        lines.append(Line(values, target))
    fields = [
        Field(_("Day")),
        Field(_("Paths"), Unit.COUNT),
        Field(_("Of the start"), Unit.SHARE),
        Field(_("Of the day before"), Unit.SHARE),
        Field(_("Median time"), Unit.HOURS),
        Field(_("90th percentile"), Unit.HOURS),
    ]
    chart = bars(_("How far the paths came: clients who did each day"), drawn, unit=Unit.COUNT)
    return [Panel(chart, Sheet(_("Funnel"), fields, lines))]


def _read_survival(at: At) -> tuple[paths.SurvivalPoint, ...]:
    return paths.survival(at.session, at.look.paths(), zone=at.zone, now=at.now)


def _survival(data: tuple[paths.SurvivalPoint, ...], look: Look, _currency: str) -> Sequence[Panel]:
    points = [Step(0, 1.0, "")] if data and data[0].day else []
    targets = [behind.walkers(look, point.stopped, stopped_after=point.day) for point in data]
    for point, target in zip(data, targets, strict=True):
        said = _("{days} d after the start: <b>{share}</b> still walking").format(
            days=point.day, share=words.value(point.share, Unit.SHARE)
        )
        points.append(Step(point.day, point.share, said, target))
    chart = steps(_("Clients still walking, by days since the start"), points, axis=_("Days since the start"))
    lines = [
        Line((point.day, point.at_risk, point.stopped, point.share), target)
        for point, target in zip(data, targets, strict=True)
    ]
    fields = [
        Field(_("Days since the start"), Unit.COUNT),
        Field(_("In sight"), Unit.COUNT),
        Field(_("Stopped"), Unit.COUNT),
        Field(_("Still walking"), Unit.SHARE),
    ]
    return [Panel(chart, Sheet(_("Still walking"), fields, lines))]


def _read_groups(at: At) -> Groups:
    chosen = at.look.paths()

    def by(dimension: PathBy) -> tuple[paths.PathGroup, ...]:
        return paths.by(at.session, chosen, dimension, zone=at.zone, now=at.now)

    actions = paths.by_action(at.session, chosen, zone=at.zone, now=at.now)
    return Groups(by(PathBy.ARCHETYPE), by(PathBy.LEVEL), by(PathBy.MONTH), actions)


def _groups(data: Groups, look: Look, _currency: str) -> Sequence[Panel]:
    kinds = (
        (_("Archetype"), _("Where the paths stand, by archetype"), data.archetypes),
        (_("Level of the reading"), _("Where the paths stand, by level"), data.levels),
        (_("Month of the start"), _("Where the paths stand, by month of start"), data.months),
    )
    return [*(_group(name, title, groups, look) for name, title, groups in kinds), _actions(data.actions)]


def _group(name: str, title: str, groups: Sequence[paths.PathGroup], look: Look) -> Panel:
    names = [_group_name(group.value) for group in groups]
    targets = [_group_target(group, look) for group in groups]
    parts = [
        Part(
            *(_(OUTCOMES[outcome]), _COLOURS[outcome], [getattr(g.outcomes, outcome.value.lower()) for g in groups]),
            [_group_target(group, look, outcome) for group in groups],
        )
        for outcome in Outcome
    ]
    lines = []
    for group, said, target in zip(groups, names, targets, strict=True):
        started = group.outcomes.started
        counts = (group.outcomes.done, group.outcomes.in_progress, group.outcomes.abandoned, group.outcomes.locked)
        values: tuple[Value, ...] = (said, started, *counts, group.outcomes.done / started if started else None)
        lines.append(Line(values, target))
    fields = [
        Field(name),
        Field(_("Started"), Unit.COUNT),
        *(Field(_(OUTCOMES[outcome]), Unit.COUNT) for outcome in Outcome),
        Field(_("Share done"), Unit.SHARE),
    ]
    return Panel(parted(title, names, parts, unit=Unit.COUNT, shares=True), Sheet(title, fields, lines))


def _group_name(value: str | int | date | None) -> str:
    if isinstance(value, date):
        return day_words(value, "MMMM y")
    if isinstance(value, int):
        return level_name(value)
    return value or _("Not known")


def _group_target(group: paths.PathGroup, look: Look, outcome: Outcome | None = None) -> Target | None:
    outcomes = group.outcomes
    count = outcomes.started if outcome is None else getattr(outcomes, outcome.value.lower())
    if isinstance(group.value, date):
        return behind.walkers(look, count, days=behind.month_within(look, group.value), outcome=outcome)
    if isinstance(group.value, int):
        return behind.walkers(look, count, level=group.value, outcome=outcome)
    return behind.walkers(look, count, archetype=group.value, outcome=outcome) if group.value else None


def _actions(rows: Sequence[paths.ActionRow]) -> Panel:
    title = _("Steps done of those unlocked, by kind of action")
    drawn = [
        Bar(
            _(ACTION_TYPE[row.action]),
            row.done / row.opened if row.opened else 0,
            palette.BLUE,
            more=_("{some} of {all}").format(some=number(row.done), all=number(row.opened)),
        )
        for row in rows
    ]
    lines = [
        Line(
            (
                *(_(ACTION_TYPE[row.action]), row.opened, row.done),
                *(row.done / row.opened if row.opened else None, row.median_hours),
            )
        )
        for row in rows
    ]
    fields = [
        Field(_("Action")),
        Field(_("Unlocked"), Unit.COUNT),
        Field(_("Done"), Unit.COUNT),
        Field(_("Share done"), Unit.SHARE),
        Field(_("Median time"), Unit.HOURS),
    ]
    return Panel(bars(title, drawn, unit=Unit.SHARE), Sheet(title, fields, lines))


def _read_insights(at: At) -> tuple[paths.InsightRow, ...]:
    return paths.insights(at.session, at.look.period, zone=at.zone)


def _insights(data: tuple[paths.InsightRow, ...], look: Look, _currency: str) -> Sequence[Panel]:
    title = _("Insights read, by category")
    readers = [behind.with_insight(look, row.category, row.read, read=True) for row in data]
    drawn = [
        Bar(
            _(DOMAIN[row.category]),
            row.read / row.made,
            palette.VIOLET,
            target,
            more=_("{some} of {all}").format(some=number(row.read), all=number(row.made)),
        )
        for row, target in zip(data, readers, strict=True)
    ]
    lines = [
        Line(
            (_(DOMAIN[row.category]), row.made, row.read, row.read / row.made, row.median_hours, row.p90_hours),
            behind.with_insight(look, row.category, row.made),
        )
        for row in data
    ]
    fields = [
        Field(_("Category")),
        Field(_("Made"), Unit.COUNT),
        Field(_("Read"), Unit.COUNT),
        Field(_("Read rate"), Unit.SHARE),
        Field(_("Median time"), Unit.HOURS),
        Field(_("90th percentile"), Unit.HOURS),
    ]
    return [Panel(bars(title, drawn, unit=Unit.SHARE), Sheet(title, fields, lines))]


def _read_chats(at: At) -> paths.Chats:
    return paths.chats(at.session, at.look.period, zone=at.zone)


def _chats(data: paths.Chats, look: Look, _currency: str) -> Sequence[Panel]:
    values = (data.clients, data.sessions, data.messages, data.buyers, data.share)
    lines = [Line(values, behind.chatters(look, data.clients))]
    fields = [
        Field(_("Clients who chatted"), Unit.COUNT),
        Field(_("Chats"), Unit.COUNT),
        Field(_("Messages"), Unit.COUNT),
        Field(_("Clients who have paid"), Unit.COUNT),
        Field(_("Share of clients"), Unit.SHARE),
    ]
    return [Panel(None, Sheet(_("Chats"), fields, lines if data.sessions else []))]


SECTIONS = (
    Section(*("funnel", N_("Funnel"), ("path_day_done", "path_day_gap"), _read_funnel, _funnel)),
    Section(*("survival", N_("Still walking"), ("path_survival",), _read_survival, _survival)),
    Section(
        *("groups", N_("Breakdowns"), ("paths_started", "paths_done", "paths_abandoned", "paths_locked")),
        *(_read_groups, _groups),
    ),
    Section(*("insights", N_("Insights"), ("insights_read", "insight_hours"), _read_insights, _insights)),
    Section(*("chats", N_("Chats"), ("chats", "messages", "chat_share"), _read_chats, _chats)),
)


def _day_name(day: int) -> str:
    return _("Day {day}").format(day=day) if day else _("Start")
