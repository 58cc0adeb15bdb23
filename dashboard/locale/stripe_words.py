"""Stripe's codes in words that a person reads: why a card was declined, a refund refused, a payment disputed."""

from collections.abc import Mapping

from dashboard.gateways.stripe import TROUBLES, Trouble
from dashboard.locale import _
from lumira_db.i18n_marker import N_

DECLINES: Mapping[str, str] = {
    "authentication_required": N_("The bank wanted the client to confirm the payment."),
    "card_declined": N_("The bank declined the card."),
    "do_not_honor": N_("The bank declined the card."),
    "expired_card": N_("The card has expired."),
    "generic_decline": N_("The bank declined the card."),
    "incorrect_cvc": N_("The security code was wrong."),
    "insufficient_funds": N_("There was not enough money on the account."),
    "lost_card": N_("The card was reported lost."),
    "processing_error": N_("The bank had a problem of its own."),
    "stolen_card": N_("The card was reported stolen."),
}
REFUSALS: Mapping[str, str] = {
    "amount_too_large": N_("That is more than is left of the payment."),
    "amount_too_small": N_("That is less than Stripe gives back."),
    "balance_insufficient": N_("The balance at Stripe is too low: wait for the next payments, or top it up."),
    "charge_already_refunded": N_("The payment has been given back already."),
    "charge_disputed": N_("The payment is disputed: the bank has the money."),
    "idempotency_error": N_("Stripe knows this refund with another amount: nothing was given back again."),
    "insufficient_funds": N_("The balance at Stripe is too low: wait for the next payments, or top it up."),
    "refund_disputed_payment": N_("The payment is disputed: the bank has the money."),
    "resource_missing": N_("Stripe does not know this payment: is the key that of another account or mode?"),
}
RETURNS: Mapping[str, str] = {
    "declined": N_("The bank declined the refund."),
    "expired_or_canceled_card": N_("The card has expired or been cancelled: the money came back."),
    "lost_or_stolen_card": N_("The card was lost or stolen: the money came back."),
}
DISPUTE_REASONS: Mapping[str, str] = {
    "credit_not_processed": N_("a refund that did not come"),
    "duplicate": N_("paid twice"),
    "fraudulent": N_("not recognised by the card's holder"),
    "general": N_("no reason given"),
    "product_not_received": N_("reading not received"),
    "product_unacceptable": N_("reading not as described"),
    "subscription_canceled": N_("subscription cancelled"),
    "unrecognized": N_("not recognised by the card's holder"),
}
DISPUTE_STATES: Mapping[str, str] = {
    "lost": N_("Dispute lost"),
    "needs_response": N_("Dispute to answer"),
    "prevented": N_("Dispute prevented"),
    "under_review": N_("Dispute with the bank"),
    "warning_closed": N_("Inquiry closed"),
    "warning_needs_response": N_("Inquiry to answer"),
    "warning_under_review": N_("Inquiry with the bank"),
    "won": N_("Dispute won"),
}
REFUND_REASONS: Mapping[str, str] = {
    "duplicate": N_("paid twice"),
    "expired_uncaptured_charge": N_("never collected"),
    "fraudulent": N_("fraud"),
    "requested_by_customer": N_("the client asked"),
}
REFUND_STATES: Mapping[str, str] = {
    "canceled": N_("Cancelled"),
    "failed": N_("Returned by the bank"),
    "pending": N_("On its way to the bank"),
    "requires_action": N_("On its way to the bank"),
    "succeeded": N_("Given back"),
}
METHODS: Mapping[str, str] = {
    "amex": "American Express",
    "bancontact": "Bancontact",
    "card": N_("Card"),
    "cartes_bancaires": "CB",
    "link": "Link",
    "mastercard": "Mastercard",
    "paypal": "PayPal",
    "sepa_debit": N_("SEPA direct debit"),
    "visa": "Visa",
}


def in_words(table: Mapping[str, str], code: str | None) -> str:
    """The code in the person's language; one that has no words here stays itself."""
    if not code:
        return ""
    return _(table[code]) if code in table else code


def trouble_in_words(code: str) -> str:
    """Why Stripe did not answer, or said no."""
    if code in Trouble.__members__:
        return _(TROUBLES[Trouble(code)])
    return in_words({**REFUSALS, **RETURNS}, code)
