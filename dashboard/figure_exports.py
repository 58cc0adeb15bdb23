"""What a screen of figures shows, as a file: a sheet for each table, and one that says how its figures are counted."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dashboard.address_query import Query, count_of, one, text
from dashboard.analytics.look import Look, look
from dashboard.analytics.screens import SCREENS, sections_of, whose
from dashboard.analytics.section import At, Section
from dashboard.charts.sheet import Field, Kind, Line, Sheet, Value
from dashboard.locale import _, exact, span_words
from dashboard.locale.labels import level_name
from dashboard.spreadsheets import Column, Table, book_pieces, csv_pieces
from dashboard.spreadsheets import Kind as Written
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.currencies import units
from lumira_db.metrics import ADDS_UP, METRICS, Unit

_KINDS: dict[Kind, Written] = {
    Unit.CENTS: "money",
    Unit.COUNT: "number",
    Unit.SHARE: "share",
    Unit.MINUTES: "decimal",
    Unit.HOURS: "decimal",
}
_UNITS = {Unit.MINUTES: "min", Unit.HOURS: "h"}
Count = Callable[[Iterable[Line]], Iterator[Line]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a screen is asked for: a section, and for CSV which of its tables."""

    look: Look
    section: str
    table: int


@dataclass(frozen=True, slots=True)
class Report:
    """A screen of figures that can be taken away."""

    screen: str

    def asked(self, query: Query, person: Actor, zone: ZoneInfo) -> Asked:
        """What the address asks for, of what the person may see."""
        own = whose(self.screen, person)
        sections = sections_of(self.screen, own)
        code = text(query, "section")
        section = next((one.code for one in sections if one.code == code), sections[0].code)
        found = look(query, now=utcnow(), zone=zone, staff_id=own)
        return Asked(found, section, one(query, "table", count_of) or 0)

    def pieces(
        self, session: Session, asked: Asked, counted: Count, *, form: str, language: str, zone: ZoneInfo
    ) -> Generator[bytes, None, None]:
        """The file, piece by piece."""
        now = utcnow()
        section = next(one for one in SCREENS[self.screen] if one.code == asked.section)
        panels = section.panels(section.read(At(session, asked.look, zone, now)), asked.look)
        tables = list(_grouped([panel.sheet for panel in panels if panel.sheet is not None], counted))
        if form == "csv":
            table = tables[min(asked.table, len(tables) - 1)]
            return csv_pieces(table.rows, table.columns, language=language, zone=zone)
        said = _definitions(section, asked.look, exact(now, zone))
        return book_pieces([*tables, said], zone=zone)


def _grouped(sheets: Sequence[Sheet], counted: Count) -> Iterator[Table[Any]]:
    """Tables that differ in their currency alone become one."""
    for title in dict.fromkeys(sheet.title for sheet in sheets):
        same = [sheet for sheet in sheets if sheet.title == title]
        first = same[0]
        columns = [_column(number, field) for number, field in enumerate(first.fields)]
        if first.currency:
            columns.append(Column(_("Currency"), lambda row: row[1].upper(), width=10))
        rows = [(line, sheet.currency) for sheet in same for line in counted(sheet.lines)]
        yield Table(title, rows, columns)


def _column(number: int, field: Field) -> Column[tuple[Line, str]]:
    def value(row: tuple[Line, str]) -> Value | Decimal:
        found = row[0].values[number]
        if field.kind is Unit.CENTS and isinstance(found, int | float):
            return units(round(found), row[1])
        return level_name(found) if field.kind == "level" and isinstance(found, int) else found

    unit = _UNITS.get(field.kind) if isinstance(field.kind, Unit) else None
    title = f"{field.title} ({unit})" if unit else field.title
    return Column(title, value, _KINDS.get(field.kind, "text"), width=max(14, len(title) + 2))


def _definitions(section: Section[Any], chosen: Look, read_at: str) -> Table[tuple[str, str, str, str]]:
    period = span_words(chosen.period.first, chosen.period.last)
    lines = [(_("Period"), period, "", ""), (_("Read from the database"), read_at, "", "")]
    for code in section.metrics:
        metric = METRICS[code]
        lines.append((_(metric.name), _(metric.definition), _(ADDS_UP[metric.adds]), metric.sql.strip()))
    columns: tuple[Column[tuple[str, str, str, str]], ...] = (
        Column(_("Figure"), lambda line: line[0], width=26),
        Column(_("Definition"), lambda line: line[1], width=80),
        Column(_("How its days add up"), lambda line: line[2], width=50),
        Column("SQL", lambda line: line[3], width=80),
    )
    return Table(_("Definitions"), lines, columns)
