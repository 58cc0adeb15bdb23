"""What the list of clients and the screen of tags read; each function opens the reading door once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import streamlit as st

from dashboard.context import database, zone
from dashboard.reads import ROWS
from lumira_db.clock import utcnow
from lumira_db.queries import bulk, client_list, client_tags, saved_views
from lumira_db.queries.client_list import ClientListFilter, ListedClient
from lumira_db.queries.client_tags import Tag
from lumira_db.queries.paging import Cursor, Page

_MOMENT = timedelta(seconds=5)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of the list; ``total`` is how many match, ``about`` when that is an estimate."""

    page: Page[ListedClient]
    total: int
    about: bool


def clients_page(chosen: ClientListFilter, cursor: Cursor | None) -> Found:
    """The page, and how many clients there are: counted where they are few, estimated otherwise."""
    with database().glancing() as session:
        now = utcnow()
        expected = client_list.expect_clients(session, chosen, zone=zone(), now=now)
        page = client_list.list_clients(
            session, chosen, zone=zone(), now=now, cursor=cursor, limit=ROWS, expected=expected
        )
        if expected is None:
            return Found(page, clients_estimate(), about=True)
        if expected > client_list.COUNTED:
            return Found(page, expected, about=True)
        return Found(page, client_list.count_clients(session, chosen, zone=zone(), now=now), about=False)


@st.cache_data(ttl=_MINUTE, max_entries=1, show_spinner=False)
def clients_estimate() -> int:
    with database().glancing() as session:
        return client_list.estimate_clients(session)


@st.cache_data(ttl=_MINUTE, max_entries=1, show_spinner=False)
def sources() -> tuple[str, ...]:
    with database().glancing() as session:
        return client_list.list_sources(session)


@st.cache_data(ttl=_MOMENT, max_entries=1, show_spinner=False)
def tags() -> tuple[Tag, ...]:
    return counted_tags()


def counted_tags() -> tuple[Tag, ...]:
    """As ``tags``, and as they are now: where they were just renamed nobody wants the former ones."""
    with database().glancing() as session:
        return client_tags.list_tags(session, limit=None)


def views(staff_id: str) -> tuple[saved_views.ViewRow, ...]:
    with database().glancing() as session:
        return saved_views.list_views(session, staff_id)


def preview_bulk(act: bulk.BulkAct, tags: Sequence[str], whom: bulk.Whom) -> bulk.Preview:
    with database().glancing() as session:
        return bulk.preview(session, act, tags, whom, zone=zone(), now=utcnow())


def preview_rename(old: Sequence[str], new: str) -> bulk.Preview:
    with database().glancing() as session:
        return bulk.preview_tag(session, old, new)
