"""Cards, charts and tables of figures. Each leads to its rows, says how it is counted, and can be taken away."""

import re
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard.analytics.look import Look
from dashboard.analytics.section import Panel, Section
from dashboard.charts.card import Card
from dashboard.charts.chart import Chart, Target
from dashboard.charts.sheet import Field, Kind, Line, Sheet, Value, shown
from dashboard.components.figure_cards import FigureCard, figure_cards
from dashboard.components.table import Cell, Column, EmptyState, Number, Row, Text, table
from dashboard.locale import _, get_language
from dashboard.navigation import go
from dashboard.views import addressed, cells
from dashboard.views.plotting import draw
from lumira_db.metrics import Unit

Explain = Callable[[tuple[str, ...]], None]
_WIDTHS: dict[Kind, float] = {"level": 9}
_WORDLESS = re.compile(r"[^\w]+")
_SHOWN_LINES = 60


def cards(found: Sequence[Card], *, key: str, label: str, explain: Explain) -> None:
    """The figures at a glance."""
    targets = {card.code: card.target for card in found}
    figure_cards(
        [_card(card) for card in found],
        key=key,
        label=label,
        on_open=lambda code: follow(targets[code]),
        on_explain=lambda code: explain((code,)),
    )


def sections(found: Sequence[Section[Any]]) -> Section[Any]:
    """The parts of the screen, of which one is read and shown."""
    by_code = {section.code: section for section in found}
    code = addressed.tabs(
        *("section", list(by_code)),
        default=found[0].code,
        names=lambda code: _(by_code[code].title),
        label=_("Section"),
    )
    return by_code[code]


def panels(found: Sequence[Panel], section: Section[Any], look: Look) -> None:
    """The charts of a section, each with the table behind it."""
    for number, panel in enumerate(found):
        if panel.chart is not None and not panel.chart.has_marks and panel.sheet is not None:
            st.subheader(panel.chart.title, anchor=False)
        elif panel.chart is not None:
            chart(panel.chart, look, key=f"{section.code}.chart.{number}")
        if panel.sheet is not None:
            sheet(panel.sheet, key=f"{section.code}.table.{number}", keyboard=number == 0)


def chart(drawn: Chart, look: Look, *, key: str) -> None:
    """A chart; a click on a mark opens the list of what it counts."""

    def opened() -> None:
        state = st.session_state.get(key) or {}
        points = state.get("selection", {}).get("points") or []
        follow(drawn.target(points[0].get("customdata")) if points else None)

    draw(
        drawn.figure,
        key=key,
        alt=drawn.alt,
        on_select=opened if any(drawn.targets) else "ignore",
        selection_mode="points",
        config=_config(drawn.title, look),
    )


def sheet(found: Sheet, *, key: str, keyboard: bool = False) -> None:
    """The table behind a chart; a row opens the list of what it counts."""
    lines = {str(number): line for number, line in enumerate(found.lines[:_SHOWN_LINES])}
    rows = [_row(name, line, found) for name, line in lines.items()]
    if found.total is not None and found.lines:
        rows.append(_row("total", found.total, found))
    table(
        rows,
        [_column(number, field) for number, field in enumerate(found.fields)],
        key=key,
        label=found.title,
        empty=EmptyState(_("Nothing in this period"), _("Choose other days, or remove a filter."), icon="search"),
        keyboard=keyboard,
        on_open=lambda name: follow(lines[name].target if name in lines else None),
    )
    if len(found.lines) > _SHOWN_LINES:
        st.caption(_("The first {count} rows; the export has all.").format(count=_SHOWN_LINES))


def export(screen: str, section: Section[Any], found: Sequence[Panel]) -> None:
    """Links that download what the section shows."""
    query = [(k, v) for k in st.query_params for v in st.query_params.get_all(k) if k not in {"section", "table"}]
    query.append(("section", section.code))
    sheets = [panel.sheet for panel in found if panel.sheet is not None]
    titles = list(dict.fromkeys(one.title for one in sheets))
    with st.popover(_("Export"), icon=":material/download:", key="figures.export", width="content"):
        st.caption(_("The tables of this section as they are filtered, with their definitions in the workbook."))
        st.html(_link(f"/export/{screen}.xlsx?{urlencode(query)}", "Excel"))
        for number, title in enumerate(titles):
            name = f"CSV · {title}" if len(titles) > 1 else "CSV"
            st.html(_link(f"/export/{screen}.csv?{urlencode([*query, ('table', number)])}", name))
        st.caption(_("A chart is saved as an image by the button that appears on it."))


def follow(target: Target | None) -> None:
    """Open the list that a mark leads to, if it leads anywhere."""
    if target is not None:
        go(target.screen, **target.query)


def _link(address: str, name: str) -> str:
    return f'<a href="{cells.escaped(address)}" download target="_self">{cells.escaped(name)}</a>'


def _card(card: Card) -> FigureCard:
    change = card.change
    return FigureCard(
        id=card.code,
        name=card.name,
        value=card.value,
        change=change.text if change else "",
        direction=change.direction if change else "",
        tone=change.tone if change else "neutral",
        before=change.before if change else "",
        note=card.note,
        spark=card.spark,
        href=_address(card.target),
    )


def _address(target: Target | None) -> str:
    return f"/{target.screen}?{urlencode(target.query, doseq=True)}" if target else ""


def _row(name: str, line: Line, found: Sheet) -> Row:
    drawn = [_cell(value, field.kind, found.currency) for value, field in zip(line.values, found.fields, strict=True)]
    return Row(name, drawn, href=_address(line.target))


def _cell(value: Value, kind: Kind, currency: str) -> Cell:
    if kind == "level" and isinstance(value, int):
        return cells.level(value)
    if value is None:
        return Number("–") if isinstance(kind, Unit) else Text("–")
    if isinstance(kind, Unit):
        return Number(shown(value, kind, currency))
    return Text(str(value), strong=kind == "level")


def _column(number: int, field: Field) -> Column:
    kind = "number" if isinstance(field.kind, Unit) else "badge" if field.kind == "level" else "text"
    width = 0 if kind == "text" else _WIDTHS.get(field.kind, max(6.5, len(field.title) * 0.56))
    priority = 1 if number < 3 else 2 if number < 5 else 3
    return Column(str(number), field.title, kind, width=width, priority=priority)  # type: ignore[arg-type]


def _config(title: str, look: Look) -> dict[str, Any]:
    """What plotly offers on a chart: the image, and nothing that would lose the axes."""
    days = f"{look.period.first.isoformat()}_{look.period.last.isoformat()}"
    slug = _WORDLESS.sub("-", title).strip("-").lower()
    language = get_language()
    words = {"Download plot as a PNG": _("Save as an image (PNG)"), "Taking snapshot - this may take a few seconds": ""}
    return {
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": {"format": "png", "filename": f"lumira-{slug}-{days}", "scale": 2},
        "locale": language,
        "locales": {language: {"dictionary": words}},
        "doubleClick": False,
    }
