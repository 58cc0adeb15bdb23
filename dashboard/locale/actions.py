"""The audit's own words: every action, subject and refused sign-in by a name that a person reads.

The audit keeps codes, which never change; entries of another version may hold one that has no name here.
"""

from collections.abc import Mapping

from dashboard.locale import _
from lumira_db.commands.sessions import Refused
from lumira_db.i18n_marker import N_

ACTIONS: Mapping[str, str] = {
    "account.mails": N_("Own mails chosen"),
    "account.name": N_("Own name changed"),
    "account.password": N_("Own password changed"),
    "alert.end": N_("Limit kept again"),
    "alert.raise": N_("Limit passed"),
    "audit.export": N_("Audit exported"),
    "client.assign_ref_id": N_("refId assigned"),
    "client.create": N_("Client created"),
    "client.edit": N_("Client changed"),
    "client.erase": N_("Client erased"),
    "client.hand_out": N_("Client's data handed out"),
    "client.notes": N_("Notes written"),
    "client.merge": N_("Clients merged"),
    "client.merged_away": N_("Client merged into another"),
    "client.not_same": N_("Duplicate ruled out"),
    "client.restore_notes": N_("Notes restored"),
    "client.reveal": N_("Confidence revealed"),
    "client.set_status": N_("Client's status changed"),
    "client.tags": N_("Tags changed"),
    "client.undo": N_("Change of many undone"),
    "client.unmerge": N_("Merge taken back"),
    "clients.export": N_("Clients exported"),
    "deliveries.export": N_("Deliveries exported"),
    "revenue.export": N_("Revenue exported"),
    "operations.export": N_("Figures of the work exported"),
    "paths.export": N_("Figures of the path exported"),
    "delivery.cancel": N_("Delivery cancelled"),
    "delivery.hold": N_("Delivery kept back"),
    "delivery.release": N_("Delivery let go"),
    "delivery.retry": N_("Delivery tried again"),
    "delivery.send": N_("Delivery sent"),
    "delivery.stop": N_("Delivery stopped"),
    "events.export": N_("Payment events exported"),
    "finding.explain": N_("Finding explained"),
    "finding.reopen": N_("Finding opened again"),
    "finding.solve": N_("Finding solved"),
    "findings.export": N_("Findings exported"),
    "order.approve": N_("Reading approved"),
    "order.correct_refund": N_("Refund of the order corrected"),
    "order.fail_payment": N_("Payment given up"),
    "order.fail_production": N_("Production failed"),
    "order.pay": N_("Order paid"),
    "order.receive_reading": N_("Reading received"),
    "order.refund": N_("Order refunded"),
    "order.refuse_callback": N_("Generator's answer refused"),
    "order.reject": N_("Reading rejected"),
    "order.reopen": N_("Reading reopened"),
    "order.request_revision": N_("Revision asked for"),
    "order.retry_production": N_("Production started again"),
    "order.start_production": N_("Production started"),
    "order.take": N_("Order taken"),
    "order.take_over": N_("Order taken over"),
    "orders.export": N_("Orders exported"),
    "payment.fetch": N_("Payment fetched from Stripe"),
    "payment.retry_event": N_("Payment event tried again"),
    "product.edit": N_("Product changed"),
    "reading.save": N_("Reading saved"),
    "refund.approve": N_("Refund approved"),
    "refund.decline": N_("Refund declined"),
    "refund.fail": N_("Refund returned by the bank"),
    "refund.no_answer": N_("Refund without an answer"),
    "refund.notify": N_("Client told of the refund"),
    "refund.notify_failed": N_("Client could not be told of the refund"),
    "refund.pending": N_("Refund on its way to the bank"),
    "refund.refuse": N_("Refund refused by Stripe"),
    "refund.request": N_("Refund asked for"),
    "refund.retry": N_("Refund tried again"),
    "refund.send": N_("Refund sent to Stripe"),
    "refund.succeed": N_("Refund made"),
    "refund.withdraw": N_("Refund withdrawn"),
    "refunds.export": N_("Refunds exported"),
    "staff.add": N_("Account added"),
    "staff.disable": N_("Account disabled"),
    "staff.enable": N_("Account enabled"),
    "staff.reset_password": N_("Password reset"),
    "staff.set_role": N_("Role changed"),
    "staff.sign_in": N_("Signed in"),
    "staff.sign_in_refused": N_("Sign-in refused"),
    "staff.sign_out": N_("Signed out"),
    "task.resume": N_("Task resumed"),
    "task.start": N_("Task started"),
    "task.stop": N_("Task stopped"),
    "view.delete": N_("View deleted"),
    "view.rename": N_("View renamed"),
    "view.save": N_("View saved"),
    "view.update": N_("View changed"),
}
SUBJECTS: Mapping[str, str] = {
    "alert": N_("Limit"),
    "client": N_("Client"),
    "event": N_("Event"),
    "export": N_("Export"),
    "finding": N_("Finding"),
    "order": N_("Order"),
    "payment": N_("Payment"),
    "product": N_("Product"),
    "sign_in": N_("Unknown address"),
    "staff": N_("Account"),
    "task": N_("Task"),
    "view": N_("View"),
}
REFUSALS: Mapping[str, str] = {
    Refused.UNKNOWN_ADDRESS: N_("Unknown address"),
    Refused.WRONG_PASSWORD: N_("Wrong password"),
    Refused.DISABLED: N_("Disabled account"),
    Refused.THROTTLED_ACCOUNT: N_("Too many attempts on this account"),
    Refused.THROTTLED_ADDRESS: N_("Too many attempts from this network"),
}


def action_name(code: str) -> str:
    """The action in the person's language; a code that has no name stays itself."""
    return _(ACTIONS[code]) if code in ACTIONS else code


def subject_name(kind: str) -> str:
    """What an entry is about, in the person's language."""
    return _(SUBJECTS[kind]) if kind in SUBJECTS else kind


def reason_text(action: str, reason: str | None) -> str | None:
    """Why, as it is read: people's own words as they are, ours translated."""
    known = REFUSALS.get(reason or "") if action == "staff.sign_in_refused" else None
    return _(known) if known else reason
