"""The form that asks for a refund: how much, why, and the amount once more."""

import re
from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

import streamlit as st

from dashboard.locale import _, currency_symbol, money, refusal_text
from dashboard.locale.labels import REFUND_REASON
from dashboard.views import cells
from dashboard.views.modal import modal
from lumira_db.currencies import decimals
from lumira_db.errors import Refusal
from lumira_db.queries.payment_rows import PaymentRow
from lumira_db.states import RefundReason

Ask = Callable[[UUID, int, int | None, RefundReason, str], Refusal | None]
_AMOUNT = re.compile(r"([0-9]{1,9})(?:[.,]([0-9]{1,3}))?")


def cents_of(text: str, currency: str) -> int | None:
    """The cents that were typed as ``29``, ``1 000,50`` or ``29.90 €``; None when that is no amount, or one of another
    currency."""
    code, digits = currency.strip().upper(), decimals(currency)
    named = "|".join(map(re.escape, {code, currency_symbol(code)}))
    bare = re.sub(rf"^(?:{named})|(?:{named})$", "", re.sub(r"\s", "", text), flags=re.IGNORECASE)
    found = _AMOUNT.fullmatch(bare)
    if found is None or len(found[2] or "") > digits:
        return None
    return int(found[1] + (found[2] or "").ljust(digits, "0"))


def ask(payment: PaymentRow, number: str, limit: int, save: Ask, *, alone: bool) -> None:
    """Open the form. Its id is made here: however often it is sent, it is one refund. ``alone``: no other payment of
    the order has money left, so that giving all of this one back ends the order."""
    form_id, typed = uuid4(), partial(cents_of, currency=payment.currency)

    @modal(_("Refund order {number}").format(number=number), on_dismiss="rerun")
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
            else typed(st.text_input(_("Amount, of {amount}").format(amount=left), key="refund.amount"))
        )
        reason = st.selectbox(
            _("Reason"), list(RefundReason), format_func=lambda one: _(REFUND_REASON[one]), key="refund.reason"
        )
        note = st.text_area(_("Note, for colleagues"), key="refund.note", max_chars=500)
        again = st.text_input(_("Type the amount again to confirm"), key="refund.again")
        if amount is not None:
            st.caption(_consequence(payment, amount, limit, alone=alone))
        if st.button(_confirm(payment, amount), type="primary", key="refund.confirm", icon=":material/undo:"):
            refused = save(
                form_id,
                amount or 0,
                typed(again),
                RefundReason(reason or RefundReason.OTHER),
                note,
            )
            if refused is None:
                st.rerun()
            st.error(cells.plain(refusal_text(refused)), icon=":material/error:")

    dialog()


def _confirm(payment: PaymentRow, amount: int | None) -> str:
    """The button says what it does."""
    return _("Refund {amount}").format(amount=money(amount, payment.currency)) if amount else _("Give back")


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
