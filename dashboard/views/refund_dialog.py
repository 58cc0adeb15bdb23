"""The form that asks for a refund: how much, why, and the amount once more."""

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import streamlit as st

from dashboard.locale import _, money, refusal_text
from dashboard.locale.labels import REFUND_REASON
from lumira_db.errors import Refusal
from lumira_db.queries.payment_rows import PaymentRow
from lumira_db.states import RefundReason

Ask = Callable[[UUID, int, int | None, RefundReason, str], Refusal | None]
_AMOUNT = re.compile(r"(\d{1,7})(?:[.,](\d{1,2}))?")


def cents_of(text: str) -> int | None:
    """The cents that were typed as ``29``, ``29,9`` or ``29.90 €``; None when that is no amount."""
    found = _AMOUNT.fullmatch(re.sub(r"[\s€$£]|[A-Za-z]{3}$", "", text))
    if found is None:
        return None
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))


def ask(payment: PaymentRow, number: str, limit: int, save: Ask, *, alone: bool) -> None:
    """Open the form. Its id is made here: however often it is sent, it is one refund. ``alone``: no other payment of
    the order has money left, so that giving all of this one back ends the order."""
    form_id = uuid4()

    @st.dialog(_("Refund order {number}").format(number=number))
    def dialog() -> None:
        left = money(payment.left, payment.currency)
        whole = st.segmented_control(
            _("How much"),
            [True, False],
            default=True,
            required=True,
            format_func=lambda one: _("All that is left: {amount}").format(amount=left) if one else _("A part"),
            key="refund.whole",
        )
        amount = (
            payment.left
            if whole
            else cents_of(st.text_input(_("Amount, of {amount}").format(amount=left), key="refund.amount"))
        )
        reason = st.selectbox(
            _("Reason"), list(RefundReason), format_func=lambda one: _(REFUND_REASON[one]), key="refund.reason"
        )
        note = st.text_area(_("Note, for colleagues"), key="refund.note", max_chars=500)
        again = st.text_input(_("Type the amount again to confirm"), key="refund.again")
        if amount is not None:
            st.caption(_consequence(payment, amount, limit, alone=alone))
        if st.button(_("Refund"), type="primary", key="refund.confirm", icon=":material/undo:"):
            refused = save(form_id, amount or 0, cents_of(again), RefundReason(reason or RefundReason.OTHER), note)
            if refused is None:
                st.rerun()
            st.error(refusal_text(refused), icon=":material/error:")

    dialog()


def _consequence(payment: PaymentRow, amount: int, limit: int, *, alone: bool) -> str:
    said = (
        _("The client's reading is not sent any more; they are told by mail.")
        if alone and amount >= payment.left
        else _("The order goes on as it is; the client is told by mail.")
    )
    if amount > limit:
        second = _("Above {amount}, a second administrator has to approve it.")
        said += " " + second.format(amount=money(limit, payment.currency))
    return said
