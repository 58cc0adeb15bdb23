"""Values of rows as cells of a table: one way to show a status, a level, a moment, an amount."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from html import escape

from dashboard.components.table import Badge, Flag, Flags, Money, Person, Text, Time
from dashboard.context import zone
from dashboard.locale import _, ago, by_the_clock, day, duration, exact, money, short_moment
from dashboard.locale.labels import LEVELS, label, level_name, level_tone, look_of
from lumira_db.clock import utcnow
from lumira_db.i18n_marker import N_
from lumira_db.queries.flags import Flag as OrderFlag
from lumira_db.reasons import joined, separate

# What becomes a link or a picture by itself, however it is escaped: an invisible joiner in between keeps it from that.
_LIVELY = re.compile(r"(?<=http:)(?=//)|(?<=https:)(?=//)|(?<=\bwww)(?=\.)|(?<=:)(?=[a-z+-][\w+-]*[:/])", re.IGNORECASE)
FLAGS = {
    OrderFlag.NO_PHOTO: ("image-off", "warning", N_("No photo")),
    OrderFlag.CLIENT_BLOCKED: ("ban", "danger", N_("Client banned or suspended")),
    OrderFlag.AMOUNT_DIFFERS: ("coins", "warning", N_("The amount never was the product's price")),
    OrderFlag.REVISED: ("rotate", "info", N_("Sent back before")),
    OrderFlag.DISPUTED: ("shield", "danger", N_("Payment disputed: nothing is sent")),
    OrderFlag.REFUNDING: ("undo", "warning", N_("Full refund under way: nothing is sent")),
}


def badge(value: Enum) -> Badge:
    """A status, channel, role … with its colour, icon and name."""
    look = look_of(value)
    return Badge(label(value), look.tone, look.icon)


def level(number: int) -> Badge:
    """A level with its colour; an unknown one says so."""
    return Badge(level_name(number), level_tone(number), f"level{number}" if number in LEVELS else "alert")


def since(moment: datetime | None) -> Time | Text:
    """How long ago, the exact moment on hover; a dash when there is none."""
    return Text("–") if moment is None else Time(ago(moment, utcnow()), exact(moment, zone()))


def waited(moment: datetime) -> Time:
    """For how long something has waited."""
    return Time(duration(max(utcnow() - moment, timedelta())), exact(moment, zone()))


def moment(value: datetime | None) -> Time | Text:
    """A date with its time, the full one on hover."""
    return Text("–") if value is None else Time(short_moment(value, zone()), exact(value, zone()))


def amount(cents: int, currency: str) -> Money:
    """An amount in its currency."""
    return Money(money(cents, currency))


def flags(standing: tuple[OrderFlag, ...]) -> Flags:
    """Small icons with a tooltip for what makes an order stand out."""
    return Flags([Flag(FLAGS[f][0], _(FLAGS[f][2]), FLAGS[f][1]) for f in standing])


@dataclass(frozen=True, slots=True)
class Due:
    """When an order should have reached its client (UTC), and how near that is."""

    at: datetime | None
    late: bool = False
    pressing: bool = False


def due_of(since: datetime, level_number: int, promise: Mapping[int, timedelta]) -> Due:
    """The end of the promised time of a level; an unknown level has none. Pressing in its last quarter."""
    span = promise.get(level_number)
    if span is None:
        return Due(None)
    now = utcnow()
    return Due(since + span, late=now > since + span, pressing=now > since + span * 0.75)


def due(value: Due) -> Time | Text:
    """When it is due, in colour and with an icon once it presses."""
    if value.at is None:
        return Text("–")
    tone = "danger" if value.late else "warning" if value.pressing else ""
    return Time(ago(value.at, utcnow()), exact(value.at, zone()), tone, "clock" if tone else "")


def holder(name: str | None, until: datetime | None, *, me: bool) -> Person | Text:
    """Who works on the order; empty when it is free."""
    if name is None or until is None:
        return Text("")
    ends = by_the_clock(until, zone(), utcnow())
    return Person(name, me=me, title=_("{name} is working on it until {until}").format(name=name, until=ends))


def reasons(text: str | None) -> str:
    """Why something failed: our own sentences in the person's language, a server's words as they are."""
    return joined(*(_(part) for part in separate(text))) if text else ""


def long_day(value: datetime) -> str:
    """The business day of a moment, written out."""
    return day(value.astimezone(zone()).date())


def exact_text(value: datetime) -> str:
    """The whole moment, in words."""
    return exact(value, zone())


def ago_text(value: datetime) -> str:
    """How far a moment lies from now, in words."""
    return ago(value, utcnow())


def escaped(text: str) -> str:
    """Text for a place that takes HTML."""
    return escape(text)


def plain(text: str) -> str:
    """Text for a place that takes Markdown, shown to the letter; an address in it is no link."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>~$:&" else c for c in _LIVELY.sub("\u2060", text))
