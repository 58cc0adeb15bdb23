"""What the list of clients and the screen of tags read; each function opens the reading door once."""

from collections.abc import Sequence
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


def clients_page(chosen: ClientListFilter, cursor: Cursor | None) -> Page[ListedClient]:
    with database().reading() as session:
        return client_list.list_clients(session, chosen, zone=zone(), now=utcnow(), cursor=cursor, limit=ROWS)


def clients_count(chosen: ClientListFilter) -> int:
    with database().reading() as session:
        return client_list.count_clients(session, chosen, zone=zone(), now=utcnow())


@st.cache_data(ttl=_MINUTE, max_entries=1, show_spinner=False)
def clients_estimate() -> int:
    with database().reading() as session:
        return client_list.estimate_clients(session)


@st.cache_data(ttl=_MINUTE, max_entries=1, show_spinner=False)
def sources() -> tuple[str, ...]:
    with database().reading() as session:
        return client_list.list_sources(session)


@st.cache_data(ttl=_MOMENT, max_entries=1, show_spinner=False)
def tags() -> tuple[Tag, ...]:
    with database().reading() as session:
        return client_tags.list_tags(session, limit=None)


def views(staff_id: str) -> tuple[saved_views.ViewRow, ...]:
    with database().reading() as session:
        return saved_views.list_views(session, staff_id)


def preview_bulk(act: bulk.BulkAct, tags: Sequence[str], whom: bulk.Whom) -> bulk.Preview:
    with database().reading() as session:
        return bulk.preview(session, act, tags, whom, zone=zone(), now=utcnow())


def preview_rename(old: Sequence[str], new: str) -> bulk.Preview:
    with database().reading() as session:
        return bulk.preview_tag(session, old, new)
