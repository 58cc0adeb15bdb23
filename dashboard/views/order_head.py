"""The head of the order screen: which order, for whom, in what state, and who holds it."""

from collections.abc import Callable

import streamlit as st

from dashboard.components.copyable import copyable
from dashboard.context import zone
from dashboard.locale import _, by_the_clock, money
from dashboard.locale.labels import label
from dashboard.navigation import link
from dashboard.views import badges, cells
from dashboard.views.modal import modal
from dashboard.views.shell import messages
from lumira_db.clock import utcnow
from lumira_db.enums import OrderStatus, UserStatus
from lumira_db.queries.workbench import Workbench


def head(bench: Workbench, due: cells.Due) -> None:
    """Number, client, level, status, what to look at twice, and how long the client has waited."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(cells.plain(bench.client.name or bench.number), anchor=False, width="content")
        badges.level(bench.level)
        badges.status(bench.status)
        for flag in bench.flags:
            badges.flag(flag)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        copyable(bench.number, key="order.number")
        link("client", _("Client page"), icon=":material/person:", id=bench.client.id)
        st.caption(cells.plain(_facts(bench, due)))
    messages()
    if bench.client.status is not UserStatus.ACTIVE:
        st.warning(
            _("{status}: nothing is sent to this client.").format(status=label(bench.client.status)),
            icon=":material/block:",
        )


def hold(
    bench: Workbench,
    *,
    staff_id: str,
    take: Callable[[str], None],
    release: Callable[[str], None],
    take_over: Callable[[str, str], None],
) -> None:
    """Who works on the order, and the way to take it, give it back, or take it over."""
    if bench.status not in {OrderStatus.AWAITING_VALIDATION, OrderStatus.PAID, OrderStatus.FAILED}:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="order-hold"):
        if bench.hold is None:
            st.button(
                _("Take this order"),
                key="order.take",
                type="primary",
                icon=":material/front_hand:",
                on_click=take,
                args=(bench.id,),
            )
            st.caption(_("Nobody works on it. Take it to edit and decide."))
        elif bench.hold.staff_id == staff_id:
            st.badge(_("You hold this order"), icon=":material/front_hand:", color="yellow")
            st.button(
                _("Give it back"),
                key="order.release",
                type="tertiary",
                on_click=release,
                args=(bench.id,),
            )
        else:
            until = by_the_clock(bench.hold.until, zone(), utcnow())
            st.info(
                _("{name} is working on it until {until}").format(name=cells.plain(bench.hold.name), until=until),
                icon=":material/lock_person:",
            )
            if st.button(_("Take over…"), key="order.take_over"):
                _take_over(bench.id, bench.hold.name, take_over)


def _take_over(order_id: str, name: str, take_over: Callable[[str, str], None]) -> None:
    @modal(_("Take over this order"))
    def ask() -> None:
        st.write(
            _("{name} will no longer be able to save here. What they typed is kept as their draft.").format(
                name=cells.plain(name)
            )
        )
        reason = st.text_area(_("Why?"), key="order.take_over.reason")
        if st.button(_("Take over"), type="primary", key="order.take_over.confirm"):
            take_over(order_id, reason)
            st.rerun()

    ask()


def _facts(bench: Workbench, due: cells.Due) -> str:
    paid = money(bench.amount, bench.currency)
    since = bench.paid_at or bench.created_at
    parts = [
        paid,
        _("paid {moment}").format(moment=cells.ago_text(since)) if bench.paid_at else _("ordered, not paid"),
    ]
    over = bench.status in (OrderStatus.COMPLETED, OrderStatus.REFUNDED)
    if due.at is not None and bench.paid_at and not over:
        parts.append(_("due {moment}").format(moment=cells.ago_text(due.at)))
    if bench.revisions:
        parts.append(_("revisions: {count}").format(count=bench.revisions))
    return " · ".join(parts)
