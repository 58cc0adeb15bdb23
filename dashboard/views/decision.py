"""The decision, at the foot of the order screen: one row, always at hand."""

from collections.abc import Callable

import streamlit as st

from dashboard.locale import _
from dashboard.locale.labels import label
from dashboard.views.queue import take_next_button
from lumira_db.enums import DeliveryFormat, OrderStatus
from lumira_db.queries.workbench import Workbench
from lumira_db.transitions import Move, can

Act = Callable[[str, str], None]


def bar(
    bench: Workbench,
    *,
    held: bool,
    reason_key: str,
    channel_key: str,
    approve: Act,
    request_revision: Act,
    reject: Act,
    reopen: Act,
    start: Act,
    take_next: Callable[[OrderStatus], None],
) -> None:
    """The moves that the order's status allows; a button is there exactly when the command would accept it."""
    paid = bench.paid_at is not None
    with st.bottom, st.container(key="order-decision"):
        if can(Move.APPROVE, bench.status, ever_paid=paid):
            _validate(
                bench,
                held=held,
                reason_key=reason_key,
                channel_key=channel_key,
                approve=approve,
                revise=request_revision,
                reject=reject,
            )
        elif can(Move.REOPEN, bench.status, ever_paid=paid):
            _reopen(bench, reason_key, reopen, take_next)
        else:
            _produce(bench, paid=paid, start=start, take_next=take_next)


def _validate(
    bench: Workbench, *, held: bool, reason_key: str, channel_key: str, approve: Act, revise: Act, reject: Act
) -> None:
    left, right = st.columns([5, 7], vertical_alignment="bottom")
    with left:
        _reason(reason_key, _("Instructions or reason"), _("Needed to send the reading back or to reject it"))
    with right, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="bottom"):
        st.button(
            _("Reject"),
            key="order.reject",
            icon=":material/close:",
            disabled=not held,
            on_click=reject,
            args=(bench.id, bench.version),
        )
        st.button(
            _("Request revision"),
            key="order.request_revision",
            icon=":material/replay:",
            disabled=not held,
            on_click=revise,
            args=(bench.id, bench.version),
        )
        st.segmented_control(
            _("Send by"),
            list(DeliveryFormat),
            default=bench.delivery_method or DeliveryFormat.EMAIL,
            format_func=label,
            required=True,
            key=channel_key,
            label_visibility="collapsed",
        )
        st.button(
            _("Approve"),
            key="order.approve",
            type="primary",
            icon=":material/check:",
            disabled=not held,
            on_click=approve,
            args=(bench.id, bench.version),
        )


def _reopen(bench: Workbench, reason_key: str, reopen: Act, take_next: Callable[[OrderStatus], None]) -> None:
    left, right = st.columns([5, 7], vertical_alignment="bottom")
    with left:
        _reason(reason_key, _("Reason"), _("Needed to open the reading again"))
    with right, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="bottom"):
        st.button(
            _("Reopen"),
            key="order.reopen",
            icon=":material/lock_open:",
            on_click=reopen,
            args=(bench.id, bench.version),
        )
        take_next_button(take_next)


def _produce(bench: Workbench, *, paid: bool, start: Act, take_next: Callable[[OrderStatus], None]) -> None:
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if can(Move.START_PRODUCTION, bench.status, ever_paid=paid):
            again = bench.status is OrderStatus.FAILED
            st.button(
                _("Try the production again") if again else _("Start production"),
                key="order.start",
                type="primary",
                icon=":material/play_arrow:",
                on_click=start,
                args=(bench.id, bench.version),
            )
        take_next_button(take_next)


def _reason(key: str, name: str, hint: str) -> None:
    st.text_area(name, key=key, placeholder=hint, height=68, persist_state="session")
