"""What the order screen can do: every button and every keystroke, each in one transaction."""

from collections.abc import Collection
from functools import partial
from uuid import UUID

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.acts import attempt, done
from dashboard.claims import holding, lease, released
from dashboard.components.editor import DraftEdit, Outcome, Refused, Stored, pending_edit
from dashboard.context import database, storage, zone
from dashboard.flash import Flash, say, undone
from dashboard.gateways.mail import sender_domain
from dashboard.gateways.storage import StorageUnavailable
from dashboard.here import actor
from dashboard.locale import _, refusal_text
from dashboard.navigation import go
from dashboard.reads import forget_counts
from dashboard.settings import get_settings
from dashboard.workflows.handover import whatsapp_link
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands import claims, decisions, deliveries, editing, production
from lumira_db.enums import DeliveryFormat, OrderStatus
from lumira_db.errors import Refusal

REASON = "order.reason"
CHANNEL = "order.channel"


def editor_key(order_id: str) -> str:
    """The editor of one order: another order is another editor, with a state of its own."""
    return f"order.reading.{order_id}"


def take_next(status: OrderStatus, level: int | None = None) -> None:
    """Claim the oldest free order and open it."""
    taken = attempt(lambda s, a: claims.take_next(s, a, status=status, lease=lease(), level=level))
    if taken is not None:
        holding(taken.order_id)
        forget_counts()
        go("order", id=taken.order_id)


def take(order_id: str) -> None:
    """Claim the order that is shown."""
    if attempt(lambda s, a: claims.take_order(s, a, order_id, lease=lease())) is not None:
        holding(order_id)


def take_over(order_id: str, reason: str) -> None:
    """Claim the order although somebody else holds it."""
    if attempt(lambda s, a: claims.take_over(s, a, order_id, reason=reason, lease=lease())) is not None:
        holding(order_id)


def release(order_id: str) -> None:
    """Give the order back."""
    attempt(lambda s, a: claims.release_claim(s, a, order_id))
    released()


def journal(order_id: str, edit: DraftEdit) -> Outcome:
    """Keep what is being typed."""
    try:
        who = actor()
        with database().writing() as session:
            editing.journal_draft(session, who, order_id, seen=edit.seen, edits=edit.texts, sequence=edit.number)
    except Refusal as refusal:
        return Refused(refusal_text(refusal))
    return Stored(_now())


def save(order_id: str, edit: DraftEdit) -> Outcome:
    """Write what was typed into the reading; what cannot be written stays as a draft."""
    kept = journal(order_id, edit)
    if isinstance(kept, Refused):
        return kept
    try:
        who = actor()
        with database().writing() as session:
            editing.save_reading(session, who, order_id, seen=edit.seen, edits=edit.texts)
    except Refusal as refusal:
        say(Flash(refusal_text(refusal), "refused"))
        return Refused(refusal_text(refusal))
    return Stored(_now())


def resolve(order_id: str, seen: str, mine: Collection[str], theirs: Collection[str]) -> None:
    """Settle fields that somebody else changed while they were being edited here."""
    attempt(lambda s, a: editing.resolve_draft(s, a, order_id, seen=seen, mine=mine, theirs=theirs))


def approve(order_id: str, seen: str) -> None:
    """Approve what is on the screen, the last keystroke included."""
    _keep_last_keystrokes(order_id)
    channel = DeliveryFormat(st.session_state.get(CHANNEL) or DeliveryFormat.EMAIL)
    settings = get_settings()
    approved = attempt(
        lambda s, a: decisions.approve_order(
            s,
            a,
            order_id,
            seen=seen,
            channel=channel,
            undo_seconds=settings.undo_seconds,
            sender_domain=sender_domain(settings),
        )
    )
    if approved is not None and approved.client_blocked:
        kept = _("Order {number} is approved. Nothing is sent: the client is banned or suspended.")
        _decided(Flash(kept.format(number=approved.order_number), "note"))
    elif approved is not None and approved.money_blocked:
        kept = _("Order {number} is approved. Nothing is sent while its payment is disputed or being refunded.")
        _decided(Flash(kept.format(number=approved.order_number), "note"))
    elif approved is not None:
        text = {
            DeliveryFormat.EMAIL: _("Order {number} is approved and goes to {recipient}."),
            DeliveryFormat.WHATSAPP: _("Order {number} is approved; its WhatsApp message is being prepared."),
        }[channel]
        said = text.format(number=approved.order_number, recipient=approved.recipient)
        _decided(Flash(said, "done", order_id, approved.due_at))


def request_revision(order_id: str, seen: str) -> None:
    """Send the reading back with instructions."""
    _keep_last_keystrokes(order_id)
    reason = _reason()
    if done(lambda s, a: decisions.request_revision(s, a, order_id, seen=seen, instructions=reason)):
        _decided(Flash(_("The reading went back to production with your instructions; its text is kept.")))


def reject(order_id: str, seen: str) -> None:
    """Refuse the reading and ask for a new one."""
    _keep_last_keystrokes(order_id)
    reason = _reason()
    if done(lambda s, a: decisions.reject_order(s, a, order_id, seen=seen, reason=reason)):
        _decided(Flash(_("The reading was rejected and a new one asked for; the text is kept as a version.")))


def reopen(order_id: str, seen: str) -> None:
    """Take an approved reading back to validation, and hold it."""
    reason = _reason()
    if done(lambda s, a: decisions.reopen_order(s, a, order_id, seen=seen, reason=reason)):
        _decided(Flash(_("The reading is open again.")))
        take(order_id)


def undo_approval(order_id: str) -> None:
    """Call an approval back before it has left."""
    undone(order_id)
    reason = _("Undone right after the approval")
    if done(lambda s, a: decisions.reopen_order(s, a, order_id, seen=None, reason=reason)):
        say(Flash(_("The sending was cancelled; the reading is open again."), "note"))
        forget_counts()
        take(order_id)


def start_production(order_id: str, seen: str) -> None:
    """Hand the order to the generator."""
    if done(lambda s, a: production.start_production(s, a, order_id, seen=seen)):
        say(Flash(_("Production has started. The reading comes to validation by itself.")))
        forget_counts()


def retry_deliveries(ids: Collection[UUID]) -> None:
    """Try failed or blocked deliveries again."""
    for delivery_id in ids:
        if done(partial(_retry, delivery_id)):
            say(Flash(_("The delivery is being tried again.")))
    forget_counts()


def whatsapp(delivery_id: UUID) -> str | None:
    """The address that opens WhatsApp with the message written; None, and the reason said, when there is none."""
    try:
        return whatsapp_link(delivery_id, actor(), database=database(), storage=storage(), settings=get_settings())
    except (Refusal, StorageUnavailable) as problem:
        say(
            Flash(
                refusal_text(problem) if isinstance(problem, Refusal) else _("The storage does not answer."), "refused"
            )
        )
        return None


def confirm_whatsapp(delivery_id: UUID) -> None:
    """The expert sent the prepared message."""
    if done(lambda s, a: deliveries.confirm_whatsapp(s, a, delivery_id)):
        say(Flash(_("Noted as sent by WhatsApp.")))
        forget_counts()


def _retry(delivery_id: UUID, session: Session, who: Actor) -> None:
    deliveries.retry_delivery(session, who, delivery_id)


def _keep_last_keystrokes(order_id: str) -> None:
    # The press on a decision flushes the editor in the same message, but Streamlit promises no order
    # among callbacks: the decision stores the text itself before it decides.
    edit = pending_edit(editor_key(order_id))
    if edit is not None:
        journal(order_id, edit)


def _reason() -> str:
    return str(st.session_state.get(REASON) or "")


def _decided(flash: Flash) -> None:
    st.session_state[REASON] = ""
    released()
    forget_counts()
    say(flash)


def _now() -> str:
    return f"{utcnow().astimezone(zone()):%H:%M}"
