"""The reading as its client receives it: the PDF made from the saved text."""

from datetime import datetime
from urllib.parse import quote, urlsplit

import streamlit as st

from dashboard.context import zone
from dashboard.documents.document import ReadingDocument, level_name
from dashboard.documents.pdf import render_pdf
from dashboard.settings import get_settings
from lumira_db.clock import utcnow
from lumira_db.queries.workbench import Workbench
from lumira_db.reading import digest, parse


def address(bench: Workbench) -> str | None:
    """Where the browser finds the PDF of the saved text, from where it is; None when there is nothing to print.

    Streamlit would keep the bytes in one of several processes, and asks for whole addresses besides.
    """
    if not parse(bench.content).has_content:
        return None
    here = urlsplit(st.context.url or get_settings().public_url)
    return f"{here.scheme}://{here.netloc}/preview/{quote(bench.id, safe='')}.pdf?of={digest(bench.content)[:16]}"


def pdf(bench: Workbench) -> bytes:
    """The PDF of the saved text, which has content."""
    client, day = bench.client, (_sealed_day(bench) or utcnow()).astimezone(zone()).date()
    level, content = level_name(bench.level), parse(bench.content)
    return render_pdf(ReadingDocument(bench.number, bench.level, level, client.name, client.first_name, day, content))


def _sealed_day(bench: Workbench) -> datetime | None:
    return bench.deliveries[0].approved_at if bench.deliveries else None
