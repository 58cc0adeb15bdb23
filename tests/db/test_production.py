"""Production: an order goes to the generator, and one answer comes back."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session, undefer

from lumira_db.actor import SYSTEM, Role
from lumira_db.clock import utcnow
from lumira_db.commands.callbacks import (
    DUPLICATE,
    FOREIGN,
    LATE,
    NOT_A_READING,
    UNKNOWN,
    receive_failure,
    receive_reading,
    record_refused_callback,
)
from lumira_db.commands.locking import lock_order
from lumira_db.commands.production import (
    BACK_OFF,
    MAXIMUM_ATTEMPTS,
    NO_ANSWER,
    UNANSWERED_AFTER,
    begin_attempt,
    fail_request,
    postpone_request,
    record_accepted,
    request_generation,
    retry_production,
    start_production,
)
from lumira_db.engine import Database
from lumira_db.enums import OrderStatus
from lumira_db.errors import (
    CallbackRefused,
    CallbackUnknown,
    CallbackUnusable,
    ForbiddenTransition,
    NotPermitted,
    StaleRecord,
)
from lumira_db.models import Generation, GenerationState, Order, ReadingVersion, VersionOrigin
from lumira_db.queries.outbox import find_generation_request, list_lost_requests, list_unanswered
from tests.factories import actor, make_client, make_order, make_profile, reading

EXPERT = actor()


def started(session: Session, **values: Any) -> tuple[Order, Generation]:
    order = make_order(session, status=OrderStatus.PAID, **values)
    request_id = start_production(session, EXPERT, order.id, seen=None)
    return _order(session, order.id), session.get_one(Generation, request_id)


def answer(session: Session, generation: Generation, content: Any = None, **other: Any) -> ReadingVersion:
    facts = {"request_id": str(generation.id), "order_id": generation.order_id, "revision": generation.revision}
    return receive_reading(session, **(facts | other), content=reading() if content is None else content)


def jobs(session: Session) -> list[Any]:
    return list(session.execute(text("SELECT args, scheduled_at FROM desk.procrastinate_jobs ORDER BY id")))


@pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.FAILED])
def test_a_paid_order_and_one_that_failed_after_payment_go_into_production(
    session: Session, status: OrderStatus
) -> None:
    order = make_order(session, status=status, error_log="before", expert_instructions="Plus doux")
    request_id = start_production(session, EXPERT, order.id, seen=_seen(session, order.id))
    order, generation = _order(session, order.id), session.get_one(Generation, request_id)
    assert (order.status, order.error_log) == (OrderStatus.PROCESSING, None)
    review = order.expert_review
    assert review["assignedBy"] == review["processedBy"] == EXPERT.id
    assert review["assignedAt"] == review["processedAt"]
    assert (generation.state, generation.revision, generation.instructions) == (
        GenerationState.REQUESTED,
        0,
        "Plus doux",
    )
    (job,) = jobs(session)
    assert job.args == {"generation_id": str(request_id), "attempt": 1}


def test_what_others_wrote_into_the_review_stays(session: Session) -> None:
    found = {"assignedBy": "cexp1", "assignedAt": "2026-02-01T09:00:00.000Z", "priority": {"x": 1}}
    order, _ = started(session, expert_review=found)
    assert {**found, "processedBy": EXPERT.id} == {k: v for k, v in order.expert_review.items() if k != "processedAt"}
    order, _ = started(session, expert_review=["not", "an", "object"])
    assert set(order.expert_review) == {"assignedBy", "assignedAt", "processedBy", "processedAt"}


@pytest.mark.parametrize("status", [s for s in OrderStatus if s not in {OrderStatus.PAID, OrderStatus.FAILED}])
@pytest.mark.parametrize("command", [start_production, retry_production])
def test_production_starts_from_no_other_status(session: Session, status: OrderStatus, command: Any) -> None:
    order = make_order(session, status=status)
    with pytest.raises(ForbiddenTransition):
        command(session, EXPERT, order.id, seen=None)


def test_what_was_never_paid_is_not_produced_and_a_retry_needs_a_failure(session: Session) -> None:
    unpaid = make_order(session, status=OrderStatus.FAILED, paid_at=None)
    with pytest.raises(ForbiddenTransition):
        start_production(session, EXPERT, unpaid.id, seen=None)
    paid = make_order(session, status=OrderStatus.PAID)
    with pytest.raises(ForbiddenTransition):
        retry_production(session, EXPERT, paid.id, seen=None)


def test_a_stale_screen_and_a_role_without_the_right_start_nothing(session: Session) -> None:
    order = make_order(session, status=OrderStatus.PAID)
    with pytest.raises(StaleRecord):
        start_production(session, EXPERT, order.id, seen="1")
    with pytest.raises(NotPermitted):
        start_production(session, actor(Role.SUPPORT), order.id, seen=None)
    assert jobs(session) == []


def test_the_generator_is_told_what_the_client_said_wherever_it_is_written(session: Session) -> None:
    client = make_client(session, first_name="Élodie")
    make_profile(session, client, objective="", birth_time=None)
    form = {"objective": "Avancer", "birthTime": "07:10", "birthPlace": "ignored", "phone": 3}
    _, generation = started(session, client=client, form_data=form, expert_prompt="Sois douce", level=2)
    request = find_generation_request(session, generation.id)
    assert request is not None
    assert (request.level, request.prompt, request.revision, request.previous) == (2, "Sois douce", 0, None)
    assert request.client == {
        "firstName": "Élodie",
        "question": "Dois-je changer de ville cette année ?",
        "objective": "Avancer",
        "birthDate": "1988-11-02",
        "birthTime": "07:10",
        "birthPlace": "Nantes",
    }
    assert find_generation_request(session, uuid4()) is None


def test_an_answer_becomes_the_reading_a_version_and_a_task_to_validate(session: Session) -> None:
    order, generation = started(session)
    order.error_log = "an earlier failure"
    version = answer(session, generation)
    order = _order(session, order.id)
    assert (order.status, order.error_log) == (OrderStatus.AWAITING_VALIDATION, None)
    assert order.generated_content == reading()
    assert (version.number, version.origin) == (1, VersionOrigin.GENERATED)
    assert generation.state == GenerationState.DONE
    assert generation.answered_at is not None


def test_a_revision_keeps_the_text_that_it_replaces(session: Session) -> None:
    order = make_order(session, status=OrderStatus.PROCESSING, content=reading(), revision_count=1)
    generation = request_generation(session, EXPERT, lock_order(session, order.id, None), "Plus court")
    assert find_generation_request(session, generation.id).previous == reading()
    answer(session, generation, reading(first_name="Camille, encore"))
    origins = session.scalars(select(ReadingVersion.origin).order_by(ReadingVersion.number)).all()
    assert origins == [VersionOrigin.FOUND, VersionOrigin.GENERATED]


def test_a_failure_fails_the_order_with_the_generators_words(session: Session) -> None:
    order, generation = started(session)
    receive_failure(
        session, request_id=str(generation.id), order_id=order.id, revision=0, error=" quota\x00 exceeded\ud800 "
    )
    order = _order(session, order.id)
    assert (order.status, order.error_log) == (OrderStatus.FAILED, "quota exceeded")
    assert retry_production(session, EXPERT, order.id, seen=None) != generation.id


def test_a_repeated_answer_has_no_second_effect(session: Session) -> None:
    order, generation = started(session)
    answer(session, generation)
    with pytest.raises(CallbackRefused) as refused:
        answer(session, generation, reading(first_name="Autre"))
    assert refused.value.facts["cause"] == DUPLICATE
    assert _order(session, order.id).generated_content == reading()


def test_a_repeated_failure_is_a_repetition_and_another_answer_is_late(session: Session) -> None:
    order, generation = started(session)
    facts: dict[str, Any] = {"request_id": str(generation.id), "order_id": order.id, "revision": 0}
    receive_failure(session, **facts, error="quota")
    with pytest.raises(CallbackRefused) as repeated:
        receive_failure(session, **facts, error="quota")
    with pytest.raises(CallbackRefused) as late:
        answer(session, generation)
    assert (repeated.value.facts["cause"], late.value.facts["cause"]) == (DUPLICATE, LATE)
    assert _order(session, order.id).status is OrderStatus.FAILED


def test_the_answer_to_an_earlier_request_is_late(session: Session) -> None:
    order, first = started(session)
    fail_request(session, begin_attempt(session, first.id, 1), "no")
    second = session.get_one(Generation, retry_production(session, EXPERT, order.id, seen=None))
    with pytest.raises(CallbackRefused) as refused:
        answer(session, first)
    assert refused.value.facts["cause"] == LATE
    assert answer(session, second).number == 1


def test_an_open_request_is_closed_by_the_next_one(session: Session) -> None:
    order, first = started(session)
    second = request_generation(session, SYSTEM, lock_order(session, order.id, None), None)
    session.refresh(first)
    assert (first.state, second.state) == (GenerationState.FAILED, GenerationState.REQUESTED)
    with pytest.raises(CallbackRefused):
        answer(session, first)


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.PROCESSING])
def test_an_answer_for_an_order_that_moved_on_is_late(session: Session, status: OrderStatus) -> None:
    order, generation = started(session)
    session.execute(update(Order).where(Order.id == order.id).values(status=status))
    with pytest.raises(CallbackRefused) as refused:
        answer(session, generation)
    assert refused.value.facts["cause"] == LATE
    assert _order(session, order.id).status is status


def test_answers_to_what_was_never_asked_are_unknown_or_foreign(session: Session) -> None:
    _, generation = started(session)
    other, _ = started(session)
    for wrong, cause in (
        ({"request_id": str(uuid4())}, UNKNOWN),
        ({"request_id": "'; DROP"}, UNKNOWN),
        ({"order_id": other.id}, FOREIGN),
        ({"revision": 1}, FOREIGN),
    ):
        with pytest.raises(CallbackUnknown) as refused:
            answer(session, generation, **wrong)
        assert refused.value.facts["cause"] == cause


@pytest.mark.parametrize(
    "content",
    [
        [],
        "text",
        7,
        {},
        {"pdf_content": {}},
        {"pdf_content": {"introduction": "  "}, "timeline": [{"day": 1, "title": "x"}]},
        {"pdf_content": {"introduction": "a", "n": float("nan")}},
        {"pdf_content": {"introduction": "a", "n": float("inf")}},
        json.loads('{"a":' * 50 + "1" + "}" * 50),
    ],
)
def test_content_that_is_no_reading_is_refused_and_the_request_stays_open(session: Session, content: Any) -> None:
    order, generation = started(session)
    with pytest.raises(CallbackUnusable) as refused:
        answer(session, generation, content)
    assert refused.value.facts["cause"] == NOT_A_READING
    assert generation.state == GenerationState.REQUESTED
    answer(session, generation)
    assert _order(session, order.id).status is OrderStatus.AWAITING_VALIDATION


def test_characters_that_postgresql_refuses_are_taken_out(session: Session) -> None:
    order, generation = started(session)
    answer(session, generation, {"pdf_content": {"introduction": "a\x00b\ud800c", "k\x00": ["\x00"]}})
    assert _order(session, order.id).generated_content == {"pdf_content": {"introduction": "abc", "k": [""]}}


def test_a_refused_answer_leaves_a_trace_whatever_it_called_itself(database: Database) -> None:
    with database.writing() as session:
        refusal = CallbackRefused(cause=LATE)
        record_refused_callback(session, refusal, request_id="\x00" * 9, order_id="o\x00" * 300)
    with database.reading() as session:
        found = session.execute(text("SELECT action, subject_id, after FROM desk.audit")).one()
    assert found.action == "order.refuse_callback"
    assert LATE in found.after["refusal"]


def test_each_attempt_counts_once_and_only_in_its_turn(session: Session) -> None:
    _, generation = started(session)
    assert begin_attempt(session, generation.id, 2) is None
    attempt = begin_attempt(session, generation.id, 1)
    assert attempt is not None
    assert begin_attempt(session, generation.id, 1) is None
    assert generation.attempts == 1


def test_a_request_that_was_not_taken_is_sent_again_later_and_given_up_in_the_end(session: Session) -> None:
    order, generation = started(session)
    now = utcnow()
    for number in range(1, MAXIMUM_ATTEMPTS + 1):
        session.execute(text("DELETE FROM desk.procrastinate_jobs"))
        attempt = begin_attempt(session, generation.id, number)
        assert attempt is not None
        postpone_request(session, attempt, now, "The generator answered 503.")
        if number < MAXIMUM_ATTEMPTS:
            (job,) = jobs(session)
            assert job.args == {"generation_id": str(generation.id), "attempt": number + 1}
            assert job.scheduled_at == now + BACK_OFF[number - 1]
    assert jobs(session) == []
    order = _order(session, order.id)
    assert (order.status, order.error_log) == (OrderStatus.FAILED, "The generator answered 503.")


def test_a_request_taken_and_never_answered_is_sent_again_and_given_up_in_the_end(session: Session) -> None:
    order, generation = started(session)
    now = utcnow()
    for number in range(1, MAXIMUM_ATTEMPTS + 1):
        session.execute(text("DELETE FROM desk.procrastinate_jobs"))
        attempt = begin_attempt(session, generation.id, number)
        assert attempt is not None
        record_accepted(session, attempt, now)
        (job,) = jobs(session)
        assert job.scheduled_at == now + UNANSWERED_AFTER
        assert generation.state == GenerationState.ACCEPTED
    assert begin_attempt(session, generation.id, MAXIMUM_ATTEMPTS + 1) is None
    assert (_order(session, order.id).status, _order(session, order.id).error_log) == (OrderStatus.FAILED, NO_ANSWER)


def test_an_answer_faster_than_our_own_bookkeeping_stands(session: Session) -> None:
    _, generation = started(session)
    attempt = begin_attempt(session, generation.id, 1)
    assert attempt is not None
    answer(session, generation)
    record_accepted(session, attempt, utcnow())
    postpone_request(session, attempt, utcnow(), "timeout")
    fail_request(session, attempt, "refused")
    assert generation.state == GenerationState.DONE


def test_a_request_for_an_order_that_was_refunded_is_not_sent(session: Session) -> None:
    order, generation = started(session)
    session.execute(update(Order).where(Order.id == order.id).values(status=OrderStatus.REFUNDED))
    assert begin_attempt(session, generation.id, 1) is None
    assert generation.state == GenerationState.FAILED
    assert _order(session, order.id).status is OrderStatus.REFUNDED


def test_open_requests_without_a_job_of_a_living_worker_are_lost_and_found(session: Session) -> None:
    _, generation = started(session)
    later, pulse = utcnow() + timedelta(minutes=1), timedelta(seconds=12)
    lost = lambda: [found.generation_id for found in list_lost_requests(session, later, pulse)]  # noqa: E731
    assert lost() == []
    worker = session.scalar(text("INSERT INTO desk.procrastinate_workers DEFAULT VALUES RETURNING id"))
    session.execute(
        text("UPDATE desk.procrastinate_jobs SET status = 'doing', worker_id = :worker"), {"worker": worker}
    )
    assert lost() == []
    session.execute(text("UPDATE desk.procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
    assert lost() == [generation.id]
    session.execute(text("DELETE FROM desk.procrastinate_jobs"))
    assert lost() == [generation.id]
    assert list_lost_requests(session, utcnow(), pulse) == []
    answer(session, generation)
    assert lost() == []


def test_unanswered_requests_are_listed_the_oldest_first(session: Session) -> None:
    made = [started(session)[1] for _ in range(3)]
    made[2].requested_at -= timedelta(hours=1)
    answer(session, made[1])
    session.flush()
    found = [generation.id for generation in list_unanswered(session, utcnow() + timedelta(seconds=1))]
    assert found == [made[2].id, made[0].id]
    assert [g.id for g in list_unanswered(session, utcnow() - timedelta(minutes=15))] == [made[2].id]


def _order(session: Session, order_id: str) -> Order:
    session.flush()
    return session.get_one(
        Order,
        order_id,
        options=[undefer(Order.generated_content), undefer(Order.error_log)],
        populate_existing=True,
    )


def _seen(session: Session, order_id: str) -> str:
    return str(session.scalar(text('SELECT xmin::text FROM "Order" WHERE id = :id'), {"id": order_id}))
