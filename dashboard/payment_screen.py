"""The payments of an order or of a client, each given what it shows and what it may do."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import streamlit as st

from dashboard import payment_desk, payment_reads
from dashboard.context import stripe
from dashboard.here import here
from dashboard.navigation import go
from dashboard.settings import get_settings
from dashboard.views import payment as view
from dashboard.views import refund_dialog
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.refunds import Wanted
from lumira_db.currencies import of_cents
from lumira_db.errors import Refusal
from lumira_db.permissions import Permission, allows
from lumira_db.queries.payment_rows import PaymentRow
from lumira_db.queries.workbench import Workbench
from lumira_db.states import REFUND_ASKED, NoticeState, RefundReason

_FOLLOW_SECONDS = 1
_SILENCE = timedelta(minutes=1)
"""How long a failed question is left alone: whoever looks later is not told of an old failure."""
_FORM = "payment.refunding"


def of_order(bench: Workbench, person: Actor) -> None:
    """The payments of one order. Stripe is asked beside the page: nothing here waits for it."""
    rows = payment_reads.payments([bench.id])
    if not rows:
        view.nothing()
        return
    for row in rows:
        if row.tried_at is None or (row.problem and utcnow() - row.tried_at > _SILENCE):
            payment_desk.ask(row.intent_id, bench.id)
    asking = {row.intent_id for row in rows if payment_desk.is_asking(row.intent_id)}
    may_refund = allows(person, Permission.REFUND)
    acts = view.Acts(payment_desk.ask, _open if may_refund else None, _ON_REQUEST if may_refund else None)
    price = payment_reads.price(bench.level)
    for row in rows:
        setting = view.Setting(stripe().mode, (bench.amount, bench.currency), price, person.id, row.intent_id in asking)
        view.panel(row, setting, acts)
    refunding = _refunding(rows)
    if refunding is not None:
        # Nothing follows meanwhile: it would take away the form and what is typed there.
        _dialog(bench, rows, refunding)
    elif asking or any(map(_moves, rows)):
        # Last: what comes and goes must not move the panels.
        _follow(bench.id, asking)


def go_refund(order_id: str, intent_id: str) -> None:
    """From another screen to the form that gives this payment back."""
    st.session_state[_FORM] = intent_id
    go("order", id=order_id, part="payment")


def _refunding(rows: tuple[PaymentRow, ...]) -> PaymentRow | None:
    """The payment whose form is opened by the click of this run, and by no other."""
    intent = st.session_state.pop(_FORM, None)
    return next((one for one in rows if one.intent_id == intent and one.refundable), None)


def _dialog(bench: Workbench, rows: tuple[PaymentRow, ...], row: PaymentRow) -> None:
    others = sum(one.left for one in rows if one is not row)
    limit = of_cents(get_settings().refund_second_approval_cents, row.currency)
    refund_dialog.ask(row, bench.number, limit, partial(_request, bench.id, row), alone=not others)


def _request(
    order_id: str, row: PaymentRow, form_id: UUID, amount: int, again: int | None, reason: RefundReason, note: str
) -> Refusal | None:
    wanted = Wanted(form_id, row.intent_id, row.stamp, amount, again, reason, note)
    return payment_desk.request(order_id, wanted, row.currency)


def _open(row: PaymentRow) -> None:
    st.session_state[_FORM] = row.intent_id


def _moves(row: PaymentRow) -> bool:
    """The worker is at it: the screen will follow."""
    on_its_way = {NoticeState.WAITING, NoticeState.SENDING}
    return any(line.state in REFUND_ASKED or line.mail in on_its_way for line in row.requests)


def _follow(order_id: str, asking: set[str]) -> None:
    seen = payment_reads.pulse(order_id)

    @st.fragment(run_every=_FOLLOW_SECONDS)
    def follow() -> None:
        here()
        answered = any(not payment_desk.is_asking(intent) for intent in asking)
        if answered or payment_reads.pulse(order_id) != seen:
            st.rerun()

    follow()


_ON_REQUEST: dict[str, Callable[[UUID], None]] = {
    "approve": payment_desk.approve,
    "decline": payment_desk.decline,
    "withdraw": payment_desk.withdraw,
    "retry": payment_desk.retry,
}
