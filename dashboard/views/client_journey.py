"""The parts of a client's page about what followed a reading: insights, the seven days, memory, conversations."""

import re
from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from dashboard.components.table import Badge, Column, EmptyState, Number, Row, Text, table
from dashboard.context import zone
from dashboard.locale import _, ngettext, number, short_moment
from dashboard.locale.labels import ACTION_TYPE, DOMAIN
from dashboard.navigation import link
from dashboard.views import cells
from dashboard.views.client_parts import Reveal, covered
from dashboard.views.facts import Group, facts
from lumira_db.enums import InsightCategory
from lumira_db.i18n_marker import N_
from lumira_db.journey_shapes import DomainMemory, MemoryMoment, Message, folded
from lumira_db.queries.client_journey import Chat, Day, DayState, InsightRow, Memory, Path
from lumira_db.reading import domain_key
from lumira_db.states import Intimate

_DAYS = {
    DayState.DONE: ("success", "check", N_("Done")),
    DayState.OPEN: ("info", "play", N_("Open")),
    DayState.STALLED: ("danger", "alert", N_("Held up by the system")),
    DayState.LOCKED: ("neutral", "lock", N_("Locked")),
}
_SPEAKERS = {"client": N_("Client"), "oracle": N_("Oracle"), "unknown": N_("Unknown")}
_MOODS = {"positive": N_("Good"), "neutral": N_("Neutral"), "mixed": N_("Mixed"), "negative": N_("Low")}
_WORDS = re.compile(r"\w+|\W+")
_CHAT_STYLE = """
<style>
.chat { display: grid; gap: .6rem; max-width: 46rem }
.chat > div { padding: .5rem .8rem; border-radius: .5rem;
  border: 1px solid color-mix(in srgb, currentColor 18%, transparent) }
.chat .client { margin-inline-end: 3rem }
.chat .oracle { margin-inline-start: 3rem; background: color-mix(in srgb, currentColor 6%, transparent) }
.chat p { margin: .15rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55 }
.chat small { opacity: .7 }
.chat pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; margin: .3rem 0 0 }
.chat mark { background: #E8A838; color: #0C1225 }
</style>
"""


def insights(rows: Sequence[InsightRow], shown: frozenset[Intimate], reveal: Reveal) -> None:
    """The eight insights: short at a glance, whole when opened; what the client has not seen is new."""
    if not rows:
        st.info(_("No insight yet: they come with the first reading."), icon=":material/lightbulb:")
        return
    fresh = sum(row.is_new for row in rows)
    text = ngettext("{count} not seen by the client yet", "{count} not seen by the client yet", fresh)
    st.caption(text.format(count=number(fresh)) if fresh else _("The client has seen them all."))
    if Intimate.READING not in shown:
        covered(Intimate.READING, _("What the insights say is not shown to your role."), reveal)
    columns = st.columns(2, gap="medium")
    for place, row in enumerate(rows):
        with columns[place % 2], st.container(border=True):
            _insight(row, full=Intimate.READING in shown)


def path(found: Path | None, shown: frozenset[Intimate], reveal: Reveal) -> None:
    """The seven days: done, open, held up or locked, and since when."""
    if found is None:
        st.info(_("The client has not begun a path."), icon=":material/route:")
        return
    head = _("{archetype} · begun {moment} · {done} of {total} days done")
    st.caption(
        head.format(
            archetype=found.archetype,
            moment=cells.ago_text(found.started_at),
            done=number(found.done),
            total=number(len(found.days)),
        )
    )
    if any(day.state is DayState.STALLED for day in found.days):
        st.error(_stall(found.stalled_since), icon=":material/error:")
    if Intimate.READING not in shown:
        covered(Intimate.READING, _("What the days say is not shown to your role."), reveal)
    else:
        facts([Group(_("Path"), [(_("Synthesis"), found.synthesis), (_("Key blockage"), found.blockage or "")])])
    _days(found.days, full=Intimate.READING in shown)


def memory(found: Memory | None, reveal: Reveal) -> None:
    """What the oracle remembers: by domain, and how it came to be."""
    if found is None:
        st.info(_("The oracle remembers nothing of this client yet."), icon=":material/auto_stories:")
        return
    st.caption(
        _("{archetype} · updated {moment}").format(
            archetype=found.archetype or _("No archetype"), moment=cells.ago_text(found.updated_at)
        )
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader(_("By domain"), anchor=False)
        if found.domains is None:
            covered(Intimate.READING, _("It quotes the reading, which is not shown to your role."), reveal)
        else:
            facts([Group(_domain(one.domain), _remembered(one)) for one in found.domains])
            _nothing(found.domains)
    with right:
        st.subheader(_("History"), anchor=False)
        if found.history is None:
            covered(Intimate.CHATS, _("It quotes conversations, which are not shown to your role."), reveal)
        else:
            facts([Group(_when(one), _moment(one)) for one in found.history])
            _nothing(found.history)


def chats(rows: Sequence[Chat], shown: frozenset[Intimate], reveal: Reveal) -> str:
    """The box to search the conversations; returns what is looked for."""
    if not rows:
        st.info(_("The client has not spoken with the oracle."), icon=":material/forum:")
        return ""
    if Intimate.CHATS in shown:
        return st.text_input(
            _("Search in the conversations"),
            key="client.chats.search",
            type="search",
            placeholder=_("A word or several"),
        )
    covered(Intimate.CHATS, _("Conversations are not shown to your role."), reveal)
    return ""


def conversations(rows: Sequence[Chat], asked: str) -> None:
    """The conversations, the words that are looked for marked."""
    if asked and not rows:
        st.caption(_("No conversation has all of these words."))
    for place, chat in enumerate(rows):
        title = chat.title or _("Conversation without a title")
        said = ngettext("{count} message", "{count} messages", chat.count).format(count=number(chat.count))
        when = cells.ago_text(chat.last_at or chat.created_at)
        name = " · ".join(cells.plain(part) for part in (title, said, when))
        if chat.messages is None:
            st.caption(":material/lock: " + name)
            continue
        with st.expander(name, expanded=place == 0 or bool(asked), icon=":material/forum:" if chat.is_active else None):
            if chat.order_id:
                link("order", chat.order_number or chat.order_id, icon=":material/article:", id=chat.order_id)
            _messages(chat.messages, asked)


def _insight(row: InsightRow, *, full: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{_(DOMAIN[row.category])}**", width="stretch")
        if row.is_new:
            st.badge(_("New"), icon=":material/fiber_new:", color="yellow")
        else:
            seen = _("seen {moment}").format(moment=cells.ago_text(row.viewed_at or row.created_at))
            st.caption(seen, width="content")
    if full:
        st.html(f'<p dir="auto" style="margin:0;line-height:1.5">{cells.escaped(row.short)}</p>')
        with st.expander(_("The whole text")):
            st.html(
                f'<p dir="auto" style="margin:0;line-height:1.6;white-space:pre-wrap">{cells.escaped(row.full)}</p>'
            )
            if row.order_id:
                link("order", row.order_number or row.order_id, icon=":material/article:", id=row.order_id)
    else:
        st.text(row.short)


def _days(days: Sequence[Day], *, full: bool) -> None:
    columns = [
        Column("number", _("Day"), "number", width=3.5),
        Column("title", _("What it asks"), "text"),
        Column("action", _("Kind"), "text", width=7, priority=2),
        Column("state", _("State"), "badge", width=13),
        Column("since", _("Since"), "time", width=9),
    ]
    table(
        [_day(day, full=full) for day in days],
        columns,
        key="client.path",
        label=_("The days of the path"),
        empty=EmptyState(_("This path has no days"), icon="calendar"),
        keyboard=False,
    )


def _day(day: Day, *, full: bool) -> Row:
    tone, sign, state = _DAYS[day.state]
    told = " — ".join(part for part in (day.description, day.synthesis) if part)
    words = Text(day.title, sub=told, title="\n".join([told, day.ritual or ""]).strip()) if full else Text(day.title)
    return Row(
        str(day.number),
        [
            Number(number(day.number)),
            words,
            Text(_(ACTION_TYPE[day.action])),
            Badge(_(state), tone, sign),
            cells.since(day.since),
        ],
        muted=day.state is DayState.LOCKED,
    )


def _stall(since: datetime | None) -> str:
    if since is None:
        return _("The client finished a day and the next was never opened: the system holds them up.")
    text = _("The client finished a day {moment} and the next was never opened: the system holds them up.")
    return text.format(moment=cells.ago_text(since))


def _domain(name: str) -> str:
    key = domain_key(name)
    known = InsightCategory(key.upper()) if key and key.upper() in InsightCategory.__members__ else None
    return _(DOMAIN[known]) if known else name or _("Without a domain")


def _remembered(one: DomainMemory) -> list[tuple[str, str]]:
    when = short_moment(one.updated_at, zone()) if one.updated_at else ""
    return [("", one.summary or "–"), (_("Updated"), when), (_("Other data"), one.rest)]


def _when(one: MemoryMoment) -> str:
    moment = short_moment(one.at, zone()) if one.at else _("Without a date")
    return f"{moment} · {_domain(one.topic)}" if one.topic else moment


def _moment(one: MemoryMoment) -> list[tuple[str, str]]:
    return [("", one.insights or "–"), (_("Mood"), _mood(one.sentiment)), (_("Other data"), one.rest)]


def _mood(said: str) -> str:
    known = _MOODS.get(said)
    return _(known) if known else said


def _nothing(rows: Sequence[object]) -> None:
    if not rows:
        st.caption(_("Nothing yet."))


def _messages(messages: Sequence[Message], asked: str) -> None:
    words = folded(asked).split()
    parts = []
    for message in messages:
        when = short_moment(message.at, zone()) if message.at else ""
        who = " · ".join(part for part in (_(_SPEAKERS[message.speaker]), when) if part)
        rest = f"<pre>{cells.escaped(message.rest)}</pre>" if message.rest else ""
        parts.append(
            f'<div class="{message.speaker}"><small>{cells.escaped(who)}</small>'
            f'<p dir="auto">{_marked(message.text, words)}</p>{rest}</div>'
        )
    st.html(f'{_CHAT_STYLE}<div class="chat">{"".join(parts) or "–"}</div>')


def _marked(text: str, words: Sequence[str]) -> str:
    pieces = []
    for piece in _WORDS.findall(text):
        shown = cells.escaped(piece)
        pieces.append(f"<mark>{shown}</mark>" if any(word in folded(piece) for word in words) else shown)
    return "".join(pieces)
