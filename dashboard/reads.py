"""What the screens read: each function opens the reading door once and returns frozen rows.

Work lists are read afresh at every run, a queue from a cache hands out work that is gone; what changes
slowly or is the same for everybody is cached for a moment.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import streamlit as st

from dashboard.context import database, zone
from dashboard.settings import get_settings
from lumira_db.clock import utcnow
from lumira_db.enums import OrderStatus
from lumira_db.periods import day_start
from lumira_db.queries import (
    audit,
    client_access,
    deliveries,
    home,
    limits,
    orders,
    queue,
    reconciliation,
    refund_requests,
    staff,
    tasks,
    workbench,
)
from lumira_db.queries import search as finding
from lumira_db.queries.paging import Cursor, Page
from lumira_db.states import DeliveryState, TaskKind

ROWS = 50
_MOMENT = timedelta(seconds=5)
_MINUTE = timedelta(minutes=1)


def promise() -> dict[int, timedelta]:
    """The time from payment to delivery that is promised, per level."""
    return {level: timedelta(hours=hours) for level, hours in get_settings().promise_hours.items()}


def queue_page(chosen: queue.QueueFilter, cursor: Cursor | None) -> Page[queue.QueueRow]:
    with database().glancing() as session:
        return queue.list_queue(session, chosen, now=utcnow(), cursor=cursor, limit=ROWS)


@st.cache_data(ttl=_MOMENT, max_entries=1, show_spinner=False)
def queue_counts() -> dict[OrderStatus, int]:
    with database().glancing() as session:
        return queue.count_queue(session)


def orders_page(chosen: orders.OrderFilter, cursor: Cursor | None) -> Page[orders.OrderRow]:
    with database().glancing() as session:
        return orders.list_orders(session, chosen, zone=zone(), cursor=cursor, limit=ROWS)


def orders_count(chosen: orders.OrderFilter) -> int:
    """Exactly how many, for a list that a figure led to: it has to say the same."""
    with database().reading() as session:
        return orders.count_orders(session, chosen, zone=zone())


@st.cache_data(ttl=_MINUTE, max_entries=1, show_spinner=False)
def orders_estimate() -> int:
    with database().glancing() as session:
        return orders.estimate_orders(session)


def search(asked: str) -> finding.Found:
    with database().reading() as session:
        return finding.find(session, asked, year=utcnow().year % 100)


def client_orders(client_id: str) -> tuple[orders.OrderRow, ...]:
    with database().glancing() as session:
        return orders.list_client_orders(session, client_id)


def order(order_id: str, staff_id: str) -> workbench.Workbench | None:
    with database().glancing() as session:
        return workbench.find_workbench(session, order_id, staff_id=staff_id, now=utcnow())


def order_pulse(order_id: str) -> tuple[str, ...]:
    with database().glancing() as session:
        return workbench.find_pulse(session, order_id)


def version_content(version_id: int) -> Any:
    with database().glancing() as session:
        return workbench.get_version_content(session, version_id)


def deliveries_page(chosen: deliveries.DeliveryFilter, cursor: Cursor | None) -> Page[deliveries.DeliveryRow]:
    with database().glancing() as session:
        return deliveries.list_deliveries(session, chosen, zone=zone(), cursor=cursor, limit=ROWS)


@st.cache_data(ttl=_MOMENT, max_entries=1, show_spinner=False)
def delivery_counts() -> dict[DeliveryState, int]:
    with database().glancing() as session:
        return deliveries.count_states(session)


def staff_list() -> tuple[staff.StaffRow, ...]:
    with database().glancing() as session:
        return staff.list_staff(session)


def audit_page(chosen: audit.AuditFilter, cursor: Cursor | None) -> Page[audit.AuditRow]:
    with database().glancing() as session:
        return audit.list_audit(session, chosen, zone=zone(), cursor=cursor, limit=ROWS)


@st.cache_data(ttl=_MINUTE, max_entries=1, show_spinner=False)
def audit_actions() -> tuple[str, ...]:
    with database().glancing() as session:
        return audit.list_actions(session)


@st.cache_data(ttl=_MOMENT, max_entries=200, show_spinner=False)
def expert_home(staff_id: str) -> home.ExpertHome:
    with database().glancing() as session:
        return home.expert_home(session, staff_id, now=utcnow(), promise=promise())


@st.cache_data(ttl=_MOMENT, max_entries=1, show_spinner=False)
def admin_home() -> home.AdminHome:
    now = utcnow()
    today = day_start(now.astimezone(zone()).date(), zone())
    with database().glancing() as session:
        return home.admin_home(session, now=now, day_start=today)


def refunds_to_approve(staff_id: str) -> int:
    with database().glancing() as session:
        return refund_requests.count_to_approve(session, staff_id)


@st.cache_data(ttl=_MOMENT, max_entries=1, show_spinner=False)
def reconciled() -> reconciliation.Reconciled:
    with database().reading() as session:
        return reconciliation.get_reconciled(session)


@st.cache_data(ttl=_MOMENT, max_entries=1, show_spinner=False)
def open_alerts() -> tuple[limits.AlertRow, ...]:
    with database().reading() as session:
        return limits.list_open_alerts(session)


def recent_clients(staff_id: str) -> tuple[client_access.RecentRow, ...]:
    with database().glancing() as session:
        return client_access.list_recent(session, staff_id)


def task(task_id: UUID) -> tasks.TaskRow | None:
    with database().glancing() as session:
        return tasks.find_task(session, task_id)


def latest_task(*kinds: TaskKind, subject: str | None = None) -> tasks.TaskRow | None:
    with database().glancing() as session:
        return next(iter(tasks.list_tasks(session, *kinds, subject=subject, limit=1)), None)


def forget_counts() -> None:
    """The person's own act changed what the counts say: count again at the next look."""
    for cached in (queue_counts, delivery_counts, expert_home, admin_home):
        cached.clear()
