"""Decisions: made on what was typed and seen, by whoever holds the order, with everything kept and traced."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, undefer

from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.commands.decisions import approve_order, reject_order, reopen_order, request_revision
from lumira_db.commands.editing import journal_draft
from lumira_db.commands.locking import MINIMUM_REASON
from lumira_db.commands.sending import open_parcel
from lumira_db.engine import Database
from lumira_db.enums import DeliveryFormat, OrderStatus, UserStatus
from lumira_db.errors import (
    ChecksFailed,
    ClaimHeld,
    ClaimMissing,
    ContentMissing,
    DeliveryUnderWay,
    ForbiddenTransition,
    ReasonRequired,
    RecordNotFound,
    StaleRecord,
)
from lumira_db.models import (
    Claim,
    Delivery,
    DeliveryState,
    Draft,
    Generation,
    Order,
    ReadingVersion,
    row_version,
)
from lumira_db.queries.workbench import find_hold
from lumira_db.transitions import Move, can
from tests.db.traces import traces
from tests.factories import make_claim, make_client, make_order, make_staff, reading

SHAPES: dict[str, Any] = json.loads((Path(__file__).parent.parent / "contract" / "json_shapes.json").read_text("utf-8"))
FOREVER = utcnow().replace(year=2100)
INTRODUCTION = "pdf_content.introduction"
REASON = "Section travail hors sujet"

Decide = Callable[..., Any]


def approve(session: Session, actor: Actor, order_id: str, seen: str | None, **values: Any) -> Any:
    given = {"channel": DeliveryFormat.EMAIL, "undo_seconds": 10, "sender_domain": "lumira.example"}
    return approve_order(session, actor, order_id, seen=seen, **(given | values))  # type: ignore[arg-type]


def revise(session: Session, actor: Actor, order_id: str, seen: str, reason: str = REASON) -> Any:
    return request_revision(session, actor, order_id, seen=seen, instructions=reason)


def reject(session: Session, actor: Actor, order_id: str, seen: str, reason: str = REASON) -> Any:
    return reject_order(session, actor, order_id, seen=seen, reason=reason)


def reopen(session: Session, actor: Actor, order_id: str, seen: str | None, reason: str = REASON) -> Any:
    return reopen_order(session, actor, order_id, seen=seen, reason=reason)


DECISIONS: dict[Move, Decide] = {
    Move.APPROVE: approve,
    Move.REQUEST_REVISION: revise,
    Move.REJECT: reject,
    Move.REOPEN: reopen,
}
ON_A_READING = [Move.APPROVE, Move.REQUEST_REVISION, Move.REJECT]
WITH_REASON = [Move.REQUEST_REVISION, Move.REJECT, Move.REOPEN]


@pytest.fixture
def anne(session: Session) -> Actor:
    return make_staff(session, name="Anne")


def held(session: Session, holder: Actor, **values: Any) -> str:
    """An order that ``holder`` holds, committed: what happens next is another transaction."""
    order = make_order(session, **values)
    make_claim(session, order, holder, expires_at=FOREVER)
    session.commit()
    return order.id


def seen_of(session: Session, order_id: str) -> str:
    return session.execute(select(row_version("Order")).select_from(Order).where(Order.id == order_id)).scalar_one()


def decide(session: Session, actor: Actor, order_id: str, move: Move, **values: Any) -> Any:
    """The decision on the order as it is now, committed."""
    done = DECISIONS[move](session, actor, order_id, seen_of(session, order_id), **values)
    session.commit()
    return done


def order_of(session: Session, order_id: str) -> Order:
    return session.get_one(Order, order_id, options=[undefer(Order.generated_content)], populate_existing=True)


def versions(session: Session, order_id: str) -> list[ReadingVersion]:
    query = select(ReadingVersion).options(undefer(ReadingVersion.content)).where(ReadingVersion.order_id == order_id)
    return list(session.scalars(query.order_by(ReadingVersion.number)))


def deliveries(session: Session, order_id: str) -> list[Delivery]:
    query = select(Delivery).where(Delivery.order_id == order_id).order_by(Delivery.created_at)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def requests(session: Session, order_id: str) -> list[Generation]:
    query = select(Generation).where(Generation.order_id == order_id).order_by(Generation.requested_at)
    return list(session.scalars(query))


def jobs(session: Session) -> list[tuple[str, dict[str, Any]]]:
    found = session.execute(text("SELECT task_name, args FROM desk.procrastinate_jobs ORDER BY id"))
    return [(row.task_name, row.args) for row in found]


# What every decision refuses.


@pytest.mark.parametrize(
    ("move", "status"),
    [(move, status) for move in DECISIONS for status in OrderStatus if not can(move, status, ever_paid=True)],
)
def test_a_decision_from_any_other_status_is_refused_and_changes_nothing(
    session: Session, anne: Actor, move: Move, status: OrderStatus
) -> None:
    """The refusal names both ends."""
    order_id = held(session, anne, status=status, content=reading())
    with pytest.raises(ForbiddenTransition) as refused:
        decide(session, anne, order_id, move)
    session.rollback()
    assert refused.value.facts["source"] is status
    assert order_of(session, order_id).status is status
    assert (versions(session, order_id), traces(session, order_id)) == ([], [])


@pytest.mark.parametrize("move", DECISIONS)
def test_a_decision_on_a_stale_screen_is_refused(session: Session, anne: Actor, move: Move) -> None:
    """The platform wrote in between: nobody decides on what they did not see."""
    status = OrderStatus.COMPLETED if move is Move.REOPEN else OrderStatus.AWAITING_VALIDATION
    order_id = held(session, anne, status=status)
    before = seen_of(session, order_id)
    session.execute(text("""UPDATE "Order" SET "updatedAt" = now() WHERE id = :id"""), {"id": order_id})
    session.commit()
    with pytest.raises(StaleRecord):
        DECISIONS[move](session, anne, order_id, before)
    session.rollback()
    assert order_of(session, order_id).status is status


@pytest.mark.parametrize("move", ON_A_READING)
def test_a_decision_on_a_reading_needs_the_claim(session: Session, anne: Actor, move: Move) -> None:
    """Not nobody's, not somebody else's, not one that has expired."""
    bruno = make_staff(session, name="Bruno")
    free, theirs, expired = make_order(session), held(session, bruno), make_order(session)
    make_claim(session, expired, anne, expires_at=utcnow() - timedelta(milliseconds=1))
    session.commit()
    for order_id, refusal in ((free.id, ClaimMissing), (theirs, ClaimHeld), (expired.id, ClaimMissing)):
        with pytest.raises(refusal):
            decide(session, anne, order_id, move)
        session.rollback()


@pytest.mark.parametrize("move", WITH_REASON)
@pytest.mark.parametrize("reason", ["", "   ", "x" * (MINIMUM_REASON - 1), " x\n "])
def test_a_decision_against_the_reading_needs_a_reason(session: Session, anne: Actor, move: Move, reason: str) -> None:
    """White space is none."""
    status = OrderStatus.COMPLETED if move is Move.REOPEN else OrderStatus.AWAITING_VALIDATION
    order_id = held(session, anne, status=status)
    with pytest.raises(ReasonRequired):
        decide(session, anne, order_id, move, reason=reason)


@pytest.mark.parametrize("move", DECISIONS)
def test_a_decision_on_nothing_is_not_found(session: Session, anne: Actor, move: Move) -> None:
    """Rather than silently ignored."""
    with pytest.raises(RecordNotFound):
        DECISIONS[move](session, anne, "nothing", "1")


@pytest.mark.parametrize("move", ON_A_READING)
def test_a_decision_gives_the_order_back_and_forgets_the_draft(session: Session, anne: Actor, move: Move) -> None:
    """The next one is free to be taken."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, "Relu.")
    decide(session, anne, order_id, move)
    assert find_hold(session, order_id, now=utcnow()) is None
    assert session.get(Draft, (order_id, anne.id)) is None


@pytest.mark.parametrize("move", DECISIONS)
def test_a_decision_leaves_one_trace_with_before_and_after(session: Session, anne: Actor, move: Move) -> None:
    """Who, from which status to which, why, and how often it has been sent back."""
    status = OrderStatus.COMPLETED if move is Move.REOPEN else OrderStatus.AWAITING_VALIDATION
    order_id = held(session, anne, status=status)
    values = {"notes": REASON} if move is Move.APPROVE else {}
    decide(session, anne, order_id, move, **values)
    (trace,) = [one for one in traces(session, order_id) if one.action.startswith("order.")]
    assert (trace.action, trace.actor_id, trace.reason) == (f"order.{move}", anne.id, REASON)
    order = order_of(session, order_id)
    assert trace.before == {"status": status}
    assert trace.after["status"] == order.status != status
    assert trace.after["revisionCount"] == order.revision_count


def type_in(session: Session, actor: Actor, order_id: str, typed: str) -> None:
    journal_draft(session, actor, order_id, seen=seen_of(session, order_id), edits={INTRODUCTION: typed}, sequence=1)
    session.commit()


# Approve.


def test_an_approval_is_recorded_in_the_contracts_shape(session: Session, anne: Actor) -> None:
    """The keys of the example, those that the delivery adds apart; the moment as the platform writes it."""
    order_id = held(session, anne)
    decide(session, anne, order_id, Move.APPROVE, notes="Relu, ton ajusté")
    recorded = order_of(session, order_id).expert_validation
    example = SHAPES["Order.expertValidation approve"]
    assert set(recorded) == set(example) - {"pdfUrl"}
    assert (recorded["action"], recorded["validatedBy"], recorded["notes"]) == ("approve", anne.id, "Relu, ton ajusté")
    assert _is_moment(recorded["validatedAt"])


def test_an_approval_without_notes_has_none(session: Session, anne: Actor) -> None:
    """The key is left out, as the platform's studio does."""
    order_id = held(session, anne)
    decide(session, anne, order_id, Move.APPROVE)
    assert set(order_of(session, order_id).expert_validation) == {"action", "validatedBy", "validatedAt"}


def test_an_approved_reading_is_sealed_and_kept_as_it_was_approved(session: Session, anne: Actor) -> None:
    """Found, then approved: two versions of one text; an older seal is replaced, the rest stays."""
    old = {"sealedBy": "somebody", "pdfUrl": "https://old", "pdfKey": "old", "x-unknown": [1]}
    order_id = held(session, anne, content=reading() | old)
    decide(session, anne, order_id, Move.APPROVE)
    after = order_of(session, order_id).generated_content
    found, approved = versions(session, order_id)
    assert (found.origin, approved.origin, approved.author_id) == ("FOUND", "APPROVED", anne.id)
    assert approved.content == after
    assert (after["sealedBy"], after["x-unknown"]) == (anne.id, [1])
    assert _is_moment(after["sealedAt"])
    assert "pdfUrl" not in after
    assert {key: after[key] for key in reading()} == reading()


def test_an_approval_includes_what_was_typed_and_not_saved(session: Session, anne: Actor) -> None:
    """What was approved is what is delivered, to the last keystroke."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, "Camille, à la dernière seconde.")
    decide(session, anne, order_id, Move.APPROVE)
    kept = versions(session, order_id)
    assert [version.origin for version in kept] == ["FOUND", "EDITED", "APPROVED"]
    assert kept[-1].content["pdf_content"]["introduction"] == "Camille, à la dernière seconde."
    (delivery,) = deliveries(session, order_id)
    assert delivery.reading_version_id == kept[-1].id


def test_another_persons_draft_is_not_approved_with_mine(session: Session, anne: Actor) -> None:
    """It stays theirs."""
    bruno = make_staff(session)
    order_id = held(session, anne)
    type_in(session, bruno, order_id, "De Bruno.")
    decide(session, anne, order_id, Move.APPROVE)
    assert order_of(session, order_id).generated_content["pdf_content"] == reading()["pdf_content"]
    assert session.get(Draft, (order_id, bruno.id)) is not None


def test_a_draft_in_conflict_stops_the_approval(session: Session, anne: Actor) -> None:
    """The platform changed the same field: the person has to look first."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, "D'Anne.")
    order_of(session, order_id).generated_content = reading(first_name="Zoé")
    session.commit()
    with pytest.raises(StaleRecord):
        decide(session, anne, order_id, Move.APPROVE)


@pytest.mark.parametrize(
    "content",
    [
        reading() | {"pdf_content": reading()["pdf_content"] | {"conclusion": "Bonjour {{prenom}}"}},
        reading() | {"pdf_content": reading()["pdf_content"] | {"conclusion": "Bonjour [PRÉNOM]"}},
        {"archetype": "Le Sage", "reading": "Texte \x07 complet"},
    ],
    ids=["placeholder", "bracket", "control character"],
)
def test_a_blocking_finding_stops_the_approval(session: Session, anne: Actor, content: Any) -> None:
    """Nothing is sealed, planned or recorded."""
    order_id = held(session, anne, content=content)
    with pytest.raises(ChecksFailed) as refused:
        decide(session, anne, order_id, Move.APPROVE)
    session.rollback()
    assert refused.value.facts["count"] >= 1
    assert order_of(session, order_id).generated_content == content
    assert (deliveries(session, order_id), versions(session, order_id), jobs(session)) == ([], [], [])


def test_a_placeholder_typed_in_the_last_second_stops_it_too_and_is_not_lost(session: Session, anne: Actor) -> None:
    """The check looks at the text with the draft in it; the refusal leaves the draft where it was."""
    order_id = held(session, anne)
    type_in(session, anne, order_id, "Chère {{prenom}}")
    with pytest.raises(ChecksFailed):
        decide(session, anne, order_id, Move.APPROVE)
    session.rollback()
    assert session.get_one(Draft, (order_id, anne.id)).edits == {INTRODUCTION: "Chère {{prenom}}"}


@pytest.mark.parametrize("content", [None, {}, [], {"pdfUrl": "https://x"}, {"pdf_content": {"introduction": "  "}}])
def test_an_order_without_a_reading_cannot_be_approved(session: Session, anne: Actor, content: Any) -> None:
    """Nothing would reach the client."""
    order_id = held(session, anne, content=content)
    with pytest.raises(ContentMissing):
        decide(session, anne, order_id, Move.APPROVE)


def test_an_approval_plans_its_delivery_after_the_time_to_undo(session: Session, anne: Actor) -> None:
    """To the client's present address, with a job for the worker."""
    client = make_client(session, email="camille@example.org")
    order_id = held(session, anne, client=client, client_email="ancienne@example.org")
    approved = decide(session, anne, order_id, Move.APPROVE, undo_seconds=30)
    (delivery,) = deliveries(session, order_id)
    assert (delivery.id, delivery.state) == (approved.delivery_id, DeliveryState.WAITING)
    assert delivery.recipient == approved.recipient == "camille@example.org"
    assert delivery.due_at == approved.due_at == delivery.approved_at + timedelta(seconds=30)
    assert jobs(session) == [("lumira.deliver", {"delivery_id": str(delivery.id)})]


@pytest.mark.parametrize(("phone", "recipient"), [("+33611111111", "+33611111111"), (None, "+33600000001")])
def test_whatsapp_goes_to_the_phone_that_is_known(
    session: Session, anne: Actor, phone: str | None, recipient: str
) -> None:
    """The client's own, or the one typed at checkout."""
    order_id = held(session, anne, client=make_client(session, phone=phone))
    approved = decide(session, anne, order_id, Move.APPROVE, channel=DeliveryFormat.WHATSAPP)
    assert (approved.channel, approved.recipient) == (DeliveryFormat.WHATSAPP, recipient)


@pytest.mark.parametrize("status", [UserStatus.BANNED, UserStatus.SUSPENDED])
def test_a_blocked_clients_reading_is_approved_and_stays_in_the_house(
    session: Session, anne: Actor, status: UserStatus
) -> None:
    """The work is done; the delivery is stopped before anything leaves, and says why."""
    order_id = held(session, anne, client=make_client(session, status=status))
    approved = decide(session, anne, order_id, Move.APPROVE, undo_seconds=0)
    assert approved.client_blocked
    (delivery,) = deliveries(session, order_id)
    assert open_parcel(session, delivery.id, utcnow()) is None
    assert delivery.state == DeliveryState.BLOCKED
    assert delivery.last_error


# Request a revision, reject.


def test_a_revision_keeps_the_text_and_counts(session: Session, anne: Actor) -> None:
    """The reading goes back as it is, drafts included, with the instructions where the platform reads them."""
    order_id = held(session, anne, revision_count=1)
    type_in(session, anne, order_id, "Presque.")
    decide(session, anne, order_id, Move.REQUEST_REVISION)
    order = order_of(session, order_id)
    assert (order.status, order.revision_count, order.expert_instructions) == (OrderStatus.PROCESSING, 2, REASON)
    assert order.generated_content["pdf_content"]["introduction"] == "Presque."
    assert [version.origin for version in versions(session, order_id)] == ["FOUND", "EDITED"]
    recorded = order.expert_validation
    assert (recorded["action"], recorded["requestedBy"], recorded["instructions"]) == ("revision", anne.id, REASON)
    assert _is_moment(recorded["requestedAt"])


def test_a_rejection_is_recorded_in_the_contracts_shape(session: Session, anne: Actor) -> None:
    """The very keys of the example."""
    order_id = held(session, anne)
    decide(session, anne, order_id, Move.REJECT)
    recorded = order_of(session, order_id).expert_validation
    assert set(recorded) == set(SHAPES["Order.expertValidation reject"])
    assert (recorded["action"], recorded["rejectedBy"], recorded["reason"]) == ("reject", anne.id, REASON)
    assert _is_moment(recorded["rejectedAt"])


def test_a_rejection_clears_the_text_and_keeps_it_as_a_version(session: Session, anne: Actor) -> None:
    """The column is NULL, not the JSON null; the version holds the text, its author and the reason."""
    order_id = held(session, anne)
    decide(session, anne, order_id, Move.REJECT)
    cleared = session.scalar(
        text("""SELECT "generatedContent" IS NULL FROM "Order" WHERE id = :id"""), {"id": order_id}
    )
    assert cleared is True
    (kept,) = versions(session, order_id)
    assert (kept.origin, kept.content, kept.author_id, kept.note) == ("REJECTED", reading(), anne.id, REASON)
    assert order_of(session, order_id).revision_count == 1


def test_an_order_without_a_reading_can_be_rejected(session: Session, anne: Actor) -> None:
    """There is nothing to keep, and a new one is asked for; an emptied draft does not stand in the way."""
    order_id = held(session, anne, content=None)
    journal_draft(session, anne, order_id, seen=seen_of(session, order_id), edits={}, sequence=1)
    session.commit()
    decide(session, anne, order_id, Move.REJECT)
    assert order_of(session, order_id).status is OrderStatus.PROCESSING


@pytest.mark.parametrize("move", [Move.REQUEST_REVISION, Move.REJECT])
def test_the_generator_is_asked_in_the_same_transaction(session: Session, anne: Actor, move: Move) -> None:
    """One request for this revision, with the instructions and the job that sends it."""
    order_id = held(session, anne)
    decide(session, anne, order_id, move)
    (request,) = requests(session, order_id)
    assert (request.revision, request.instructions, request.requested_by) == (1, REASON, anne.id)
    assert jobs(session) == [("lumira.generate", {"generation_id": str(request.id), "attempt": 1})]


@pytest.mark.parametrize("move", [Move.REQUEST_REVISION, Move.REJECT, Move.APPROVE])
def test_what_a_decision_set_in_motion_is_rolled_back_with_it(database: Database, move: Move) -> None:
    """No request, no delivery, no job, no version, no trace of a transaction that failed after all."""
    with database.writing() as session:
        anne = make_staff(session)
        order = make_order(session)
        make_claim(session, order, anne, expires_at=FOREVER)

    def decide_and_crash() -> None:
        with database.writing() as session:
            DECISIONS[move](session, anne, order.id, seen_of(session, order.id))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        decide_and_crash()
    with database.reading() as session:
        assert order_of(session, order.id).status is OrderStatus.AWAITING_VALIDATION
        assert session.get_one(Claim, order.id).staff_id == anne.id
        left = [requests(session, order.id), deliveries(session, order.id), jobs(session), versions(session, order.id)]
        assert left == [[], [], [], []]
        assert session.scalar(text("SELECT count(*) FROM desk.audit")) == 0


def test_a_second_decision_supersedes_the_request_of_the_first(session: Session, anne: Actor) -> None:
    """Only the newest answer is listened to."""
    order_id = held(session, anne)
    decide(session, anne, order_id, Move.REQUEST_REVISION)
    order = order_of(session, order_id)
    order.status = OrderStatus.AWAITING_VALIDATION
    make_claim(session, order, anne, expires_at=FOREVER)
    session.commit()
    decide(session, anne, order_id, Move.REJECT)
    session.expire_all()
    assert [(one.revision, one.state) for one in requests(session, order_id)] == [(1, "FAILED"), (2, "REQUESTED")]


# Reopen, undo.


def approved(session: Session, anne: Actor, state: DeliveryState = DeliveryState.WAITING) -> str:
    """An order that Anne has approved, and whose delivery stands there."""
    order_id = held(session, anne)
    decide(session, anne, order_id, Move.APPROVE)
    order = order_of(session, order_id)
    order.generated_content = order.generated_content | {"pdfUrl": "https://x/y.pdf", "pdfKey": "readings/y.pdf"}
    (delivery,) = deliveries(session, order_id)
    delivery.state = state
    session.commit()
    return order_id


@pytest.mark.parametrize("state", [DeliveryState.WAITING, DeliveryState.FAILED, DeliveryState.BLOCKED])
def test_reopening_calls_back_what_has_not_left_and_breaks_the_seal(
    session: Session, anne: Actor, state: DeliveryState
) -> None:
    """The text stays as it was approved; what the seal added is gone."""
    order_id = approved(session, anne, state)
    decide(session, anne, order_id, Move.REOPEN)
    order = order_of(session, order_id)
    assert order.status is OrderStatus.AWAITING_VALIDATION
    assert order.generated_content == reading()
    (delivery,) = deliveries(session, order_id)
    assert (delivery.state, delivery.last_error) == (DeliveryState.CANCELLED, REASON)


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.SENDING])
def test_a_reading_that_has_left_can_be_reopened_and_stays_sent(
    session: Session, anne: Actor, state: DeliveryState
) -> None:
    """COMPLETED leads to AWAITING_VALIDATION; what happened is not rewritten, and the next approval sends anew."""
    order_id = approved(session, anne, state)
    decide(session, anne, order_id, Move.REOPEN)
    assert order_of(session, order_id).status is OrderStatus.AWAITING_VALIDATION
    assert [one.state for one in deliveries(session, order_id)] == [state]
    make_claim(session, order_of(session, order_id), anne, expires_at=FOREVER)
    session.commit()
    decide(session, anne, order_id, Move.APPROVE)
    assert [one.state for one in deliveries(session, order_id)] == [state, DeliveryState.WAITING]


@pytest.mark.parametrize("state", [DeliveryState.SENT, DeliveryState.SENDING])
def test_an_approval_is_not_undone_once_the_reading_is_leaving(
    session: Session, anne: Actor, state: DeliveryState
) -> None:
    """An undo promises that nothing is sent; it says so when that is not true any more."""
    order_id = approved(session, anne, state)
    with pytest.raises(DeliveryUnderWay):
        reopen(session, anne, order_id, None)
    session.rollback()
    assert order_of(session, order_id).status is OrderStatus.COMPLETED


def test_an_undo_right_after_the_approval_needs_no_look_at_the_row(session: Session, anne: Actor) -> None:
    """One's own approval moved it; nothing is sent, and everything can be approved again."""
    order_id = held(session, anne)
    decide(session, anne, order_id, Move.APPROVE)
    reopen(session, anne, order_id, None)
    session.commit()
    assert [one.state for one in deliveries(session, order_id)] == [DeliveryState.CANCELLED]
    make_claim(session, order_of(session, order_id), anne, expires_at=FOREVER)
    session.commit()
    decide(session, anne, order_id, Move.APPROVE)
    assert [one.state for one in deliveries(session, order_id)] == [DeliveryState.CANCELLED, DeliveryState.WAITING]


def test_reopening_drops_the_draft_that_came_too_late(session: Session, anne: Actor) -> None:
    """What arrived after the approval was typed over another state."""
    order_id = approved(session, anne)
    type_in(session, anne, order_id, "Trop tard.")
    decide(session, anne, order_id, Move.REOPEN)
    assert session.get(Draft, (order_id, anne.id)) is None


@pytest.mark.parametrize("content", [None, ["a", "b"], "texte", 7])
def test_an_approved_order_of_any_shape_can_be_reopened(session: Session, anne: Actor, content: Any) -> None:
    """The platform completed it with whatever it had."""
    order_id = held(session, anne, status=OrderStatus.COMPLETED, content=content)
    decide(session, anne, order_id, Move.REOPEN)
    assert order_of(session, order_id).generated_content == content


def _is_moment(said: str) -> bool:
    moment = datetime.fromisoformat(said)
    return said.endswith("Z") and len(said) == 24 and abs(utcnow() - moment) < timedelta(minutes=5)
