"""The reading as its client receives it: the PDF made from the text at hand."""

from datetime import date, datetime
from typing import Any

import streamlit as st

from dashboard.context import zone
from dashboard.documents.document import ReadingDocument, level_name
from dashboard.documents.pdf import render_pdf
from lumira_db.clock import utcnow
from lumira_db.queries.workbench import Workbench
from lumira_db.reading import digest, parse


def pdf(bench: Workbench) -> bytes | None:
    """The PDF of the saved text; None when there is nothing to print."""
    if not parse(bench.content).has_content:
        return None
    day = (_sealed_day(bench) or utcnow()).astimezone(zone()).date()
    client = bench.client
    return _render(bench.number, bench.level, client.name, client.first_name, day, digest(bench.content), bench.content)


def _sealed_day(bench: Workbench) -> datetime | None:
    return bench.deliveries[0].approved_at if bench.deliveries else None


@st.cache_data(max_entries=20, show_spinner=False)
def _render(number: str, level: int, name: str, first_name: str, day: date, key: str, _content: Any) -> bytes:
    # The key stands for the content in the cache: hashing megabytes of JSON at every run would cost more.
    del key
    return render_pdf(ReadingDocument(number, level, level_name(level), name, first_name, day, parse(_content)))
