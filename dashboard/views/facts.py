"""Facts about a person or an order as one quiet list: names left, values right, nothing interpreted.

One element instead of three dozen: a dossier is drawn at every click.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

import streamlit as st

from dashboard.locale import day

_STYLE = """
<style>
.facts-room { container-type: inline-size }
dl.facts { margin: 0 !important; padding: 0 !important; display: grid; gap: .3rem 1rem; line-height: 1.5;
  grid-template-columns: minmax(6rem, 30%) 1fr }
.facts h4 { grid-column: 1 / -1; margin: .9rem 0 .1rem; padding: 0; font-size: .8rem; font-weight: 600; opacity: .7;
  font-family: inherit; letter-spacing: .01em }
.facts h4:first-child { margin-top: 0 }
.facts dt { opacity: .7; font-size: .9rem; overflow-wrap: anywhere }
.facts dd { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere }
.facts dd.wide { grid-column: 1 / -1; font-size: 1.05rem; line-height: 1.55 }
@container (max-width: 18rem) {
  dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0 } .facts dd { margin-bottom: .35rem }
}
</style>
"""


@dataclass(frozen=True, slots=True)
class Group:
    """A heading and its facts, as (name, value). A fact without a name stands across the whole width."""

    title: str
    facts: Sequence[tuple[str, str]]


def facts(groups: Iterable[Group]) -> None:
    """Draw the groups that have something to say. Every value is shown to the letter."""
    parts = []
    for group in groups:
        shown = [(name, value) for name, value in group.facts if value]
        if shown:
            parts.append(f"<h4>{escape(group.title)}</h4>" + "".join(_fact(*fact) for fact in shown))
    if parts:
        st.html(_STYLE + f'<div class="facts-room"><dl class="facts">{"".join(parts)}</dl></div>')


def spelled_day(text: str) -> str:
    """A day that was written as a form writes it (``1979-03-04``), in words; anything else to the letter."""
    try:
        return day(datetime.strptime(text.strip(), "%Y-%m-%d").date())  # noqa: DTZ007 - a birthday has no zone
    except ValueError:
        return text


def _fact(name: str, value: str) -> str:
    if not name:
        return f'<dd class="wide" dir="auto">{escape(value)}</dd>'
    return f'<dt>{escape(name)}</dt><dd dir="auto">{escape(value)}</dd>'
