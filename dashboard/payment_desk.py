"""What the payment panel can do: ask Stripe beside the page, and decide on refunds."""

from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from uuid import UUID

import streamlit as st

from dashboard.acts import done
from dashboard.context import database, stripe
from dashboard.flash import Flash, say
from dashboard.here import actor
from dashboard.locale import _, money
from dashboard.settings import get_settings
from dashboard.views.refund_requests import decline_note
from dashboard.workflows.payment_words import ask_stripe
from lumira_db.commands import refunds
from lumira_db.errors import Refusal
from lumira_db.states import RefundState

_SIMULTANEOUS = 4


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_SIMULTANEOUS, thread_name_prefix="stripe")


@lru_cache(maxsize=1)
def _under_way() -> dict[str, "Future[None]"]:
    return {}


def ask(intent_id: str, order_id: str) -> None:
    """Ask Stripe about a payment, once however many people want it; no screen waits for the answer."""
    if not is_asking(intent_id):
        _under_way()[intent_id] = _pool().submit(ask_stripe, intent_id, order_id, database=database(), stripe=stripe())


def is_asking(intent_id: str) -> bool:
    """Whether the answer is still awaited."""
    found = _under_way().get(intent_id)
    if found is not None and found.done():
        _under_way().pop(intent_id, None)
    return found is not None and not found.done()


def settle() -> None:
    """Wait for every answer that is awaited."""
    for found in list(_under_way().values()):
        found.result()


def request(order_id: str, wanted: refunds.Wanted, currency: str) -> Refusal | None:
    """Ask for a refund; why it was refused, to be said where it was typed."""
    try:
        who = actor()
        with database().writing() as session:
            limit = get_settings().refund_second_approval_cents
            state = refunds.request_refund(session, who, order_id, wanted, limit=limit)
    except Refusal as refusal:
        return refusal
    amount = money(wanted.amount, currency)
    text = (
        _("The refund of {amount} waits for a second administrator.")
        if state is RefundState.WAITING_APPROVAL
        else _("The refund of {amount} is on its way to Stripe.")
    )
    say(Flash(text.format(amount=amount)))
    return None


def approve(request_id: UUID) -> None:
    """Let somebody else's refund go."""
    if done(lambda s, a: refunds.approve_refund(s, a, request_id)):
        say(Flash(_("The refund is approved and on its way to Stripe.")))


def decline(request_id: UUID) -> None:
    """Say no to somebody else's refund."""
    reason = str(st.session_state.get(decline_note(request_id)) or "")
    if done(lambda s, a: refunds.decline_refund(s, a, request_id, reason=reason)):
        st.session_state[decline_note(request_id)] = ""
        say(Flash(_("The refund was declined: nothing was given back."), "note"))


def withdraw(request_id: UUID) -> None:
    """Take a refund back before it has gone to Stripe."""
    if done(lambda s, a: refunds.withdraw_refund(s, a, request_id)):
        say(Flash(_("The refund was withdrawn: nothing was given back."), "note"))


def retry(request_id: UUID) -> None:
    """Ask Stripe about a refund again, now."""
    if done(lambda s, a: refunds.retry_refund(s, a, request_id)):
        say(Flash(_("Stripe is being asked again.")))
