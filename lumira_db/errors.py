"""The refusals of the business: expected, explained, never a crash.

A refusal carries an English ``template`` (a key of the translation catalogue) and the ``facts`` that
fill it, so a screen can say the same sentence in the person's language. Anything that is not a
``Refusal`` is a defect.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from lumira_db.currencies import units
from lumira_db.i18n_marker import N_


@dataclass(frozen=True, slots=True)
class Amount:
    """A fact of a refusal: so many ``cents``, to be written as people of a language write money."""

    cents: int
    currency: str

    def __str__(self) -> str:
        return f"{units(self.cents, self.currency)} {self.currency.upper()}"


class Refusal(Exception):
    """A request that was understood and declined. ``facts`` fill ``template``."""

    template: ClassVar[str] = N_("This was refused.")

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.template.format(**facts))


class NotPermitted(Refusal):
    """The actor's role does not grant this permission."""

    template = N_("Your role ({role}) does not allow this: {permission}.")


class RecordNotFound(Refusal):
    """No row has this id."""

    template = N_("Nothing was found under “{id}”.")


class StaleRecord(Refusal):
    """Somebody, or the platform, wrote the row after it was shown. Nothing was overwritten."""

    template = N_("{what} changed since you opened it. Nothing was overwritten: look at the new state and try again.")


class ForbiddenTransition(Refusal):
    """The move does not exist from this status (DOMAIN §4)."""

    template = N_("An order that is “{source}” cannot become “{target}”.")


class ClaimHeld(Refusal):
    """Another person holds the order."""

    template = N_("{holder} is working on this order until {until}.")


class ClaimMissing(Refusal):
    """The act needs a claim that the actor does not hold (any more)."""

    template = N_("Take the order first: you do not hold it, or your hold has expired.")


class NothingToTake(Refusal):
    """The queue has no free order."""

    template = N_("No order is free to take at the moment.")


class ReasonRequired(Refusal):
    """A decision that must say why was given no reason."""

    template = N_("Say why first: a reason of at least {minimum} characters is needed.")


class ChecksFailed(Refusal):
    """Blocking findings stand against the approval."""

    template = N_("The reading cannot be approved yet. Blocking remarks: {count}.")


class ContentMissing(Refusal):
    """There is no reading to decide on."""

    template = N_("This order has no reading yet.")


class DeliveryUnderWay(Refusal):
    """The reading is on its way, or has arrived: it cannot be called back."""

    template = N_("The reading has already left: it can be reopened, but not called back.")


class DeliveryStopped(Refusal):
    """The client may not be sent anything, or the delivery is over."""

    template = N_("This delivery cannot be sent: {cause}.")


class ClientBlocked(Refusal):
    """The client is banned or suspended: nothing is sent to them (DOMAIN §5)."""

    template = N_("{client} ({status}): nothing is sent to this client.")


class EmailTaken(Refusal):
    """Another row has this e-mail address."""

    template = N_("The address {email} is already in use.")


class ClientEmailTaken(EmailTaken):
    """Another client has this address; ``facts["id"]`` is theirs."""

    template = N_("The address {email} belongs to another client: {client}.")


class NotesMoved(StaleRecord):
    """Somebody, or the platform, wrote the notes that were typed over. What was typed is kept as a draft."""

    template = N_("Somebody else wrote in these notes meanwhile. Nothing was overwritten: bring both texts together.")


class InvalidInput(Refusal):
    """A value does not have the form it needs. ``problem`` is itself a translatable sentence."""

    template = N_("{problem}")


class LastAdmin(Refusal):
    """The change would leave the Desk without anyone to manage it."""

    template = N_("This is the last active administrator: name another one first.")


class CallbackRefused(Refusal):
    """A callback of the generator that must have no effect: late, duplicate or foreign."""

    template = N_("The callback was refused: {cause}.")


class CallbackUnknown(CallbackRefused):
    """No request of ours has this id, or it was for another order or revision."""


class CallbackUnusable(CallbackRefused):
    """What it brings is not a reading. The request stays open."""


class TaskUnderWay(Refusal):
    """Another task of this kind, about the same thing, is not over yet."""

    template = N_("This is already being done: wait for it to end, or stop it first.")


class TaskOver(Refusal):
    """The task has ended: there is nothing to stop or to resume."""

    template = N_("This task is over already.")


class NameTaken(Refusal):
    """The person has something else of this name."""

    template = N_("“{name}” exists already: choose another name.")


class NothingToDo(Refusal):
    """The task would change no client."""

    template = N_("Nothing would change.")


class UndoneAlready(Refusal):
    """Somebody has undone the task."""

    template = N_("This was undone already.")


class ErasureIncomplete(Refusal):
    """Something of the person is there still after several passes: it is written faster than it is erased."""

    template = N_("Something about this client is still being written ({tables}). Resume when it has come to rest.")


class EventSettled(Refusal):
    """The event has had its effect: trying it again would change nothing."""

    template = N_("This event has already been dealt with.")


class FindingMoved(Refusal):
    """The finding is not in the state any more that the act is for."""

    template = N_("This finding has moved on meanwhile: look at its present state.")


class StripeSilent(Refusal):
    """Stripe did not answer usefully; ``problem`` is itself a translatable sentence."""

    template = N_("{problem} Nothing was changed: try again later.")


class MergeStands(Refusal):
    """A merge that cannot be taken back: what it did was built upon. Nothing was changed."""

    template = N_("This merge cannot be taken back any more: {cause}. Nothing was changed.")


class RefundUnderWay(Refusal):
    """Another refund of the same payment has not ended: one at a time, so that nothing is given back twice."""

    template = N_("A refund of this payment is under way already ({amount}, asked by {name}).")


class RefundTooLarge(Refusal):
    """More than is left of what was paid."""

    template = N_("At most {left} can be given back: the rest is refunded already.")


class PaymentUnknown(Refusal):
    """The Desk does not know what was paid, so nothing can be given back."""

    template = N_("What was paid is not known yet: ask Stripe first.")


class PaymentDisputed(Refusal):
    """The client's bank has the money: a refund now would give it back twice."""

    template = N_("This payment is disputed: the bank has the money back already. Answer the dispute at Stripe.")


class SecondPersonNeeded(Refusal):
    """Who asked for a refund cannot approve it."""

    template = N_("Somebody else has to decide on this refund: you asked for it.")


class RefundOver(Refusal):
    """The refund is not in a state in which this can be done."""

    template = N_("This refund has moved on: it is “{state}” now.")
