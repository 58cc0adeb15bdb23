"""What is known of an order's payments: what Stripe's events told, what it last said when asked, what staff asked for.

Amounts are in cents of the payment's currency, moments in UTC.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Exists, Select, exists, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from lumira_db.models import (
    Dispute,
    Order,
    Payment,
    PaymentAttempt,
    PaymentWord,
    Product,
    Refund,
    RefundNotice,
    RefundRequest,
)
from lumira_db.payment_facts import PaymentFacts, known_facts
from lumira_db.queries.flags import PRODUCT_LEVELS
from lumira_db.queries.payment_rows import (
    SETTLED_DISPUTES,
    AttemptLine,
    DisputeLine,
    PaymentRow,
    RefundLine,
    RequestLine,
)
from lumira_db.states import REFUND_OPEN, NoticeState, RefundReason, RefundState


def standing_dispute(order_id: str | InstrumentedAttribute[str]) -> Exists:
    """Whether a bank has, or may get, money of the order back."""
    return exists(Dispute.id).where(Dispute.order_id == order_id, Dispute.status.not_in(SETTLED_DISPUTES))


def whole_refund_open(order_id: str | InstrumentedAttribute[str]) -> Exists:
    """Whether a refund that leaves nothing of the order's money has not ended."""
    return exists(RefundRequest.id).where(
        RefundRequest.order_id == order_id, RefundRequest.whole, RefundRequest.state.in_(REFUND_OPEN)
    )


def find_price(session: Session, level: int) -> tuple[int, str] | None:
    """What the product of an order's level costs today; None for a level that no product has."""
    kind = PRODUCT_LEVELS.get(level)
    if kind is None:
        return None
    row = session.execute(select(Product.amount_cents, Product.currency).where(Product.level == kind).limit(1)).first()
    return (row[0], row[1]) if row else None


def money_pulse(session: Session, order_id: str) -> tuple[str, ...]:
    """What changes when anything about the order's money does: a screen compares it to follow along."""
    xmin: ColumnElement[str] = literal_column("xmin::text")
    told: list[str] = []
    for kind in (Payment, Refund, Dispute, RefundRequest, RefundNotice, PaymentWord):
        rows = session.scalars(select(xmin).select_from(kind).where(kind.order_id == order_id))
        told += sorted(f"{kind.__tablename__} {version}" for version in rows)
    return tuple(told)


def list_payments(session: Session, order_ids: Sequence[str]) -> tuple[PaymentRow, ...]:
    """The payments of these orders, those of one order by when they were made. Six statements, however many orders."""
    ids = list(order_ids)
    owners = _owners(session, ids)
    intents = list(owners)
    ledger = {row.intent_id: row for row in session.scalars(select(Payment).where(Payment.intent_id.in_(intents)))}
    words = {
        row.intent_id: row for row in session.scalars(select(PaymentWord).where(PaymentWord.intent_id.in_(intents)))
    }
    attempts = _by_intent(session, select(PaymentAttempt), PaymentAttempt.intent_id, intents)
    refunds = _by_intent(session, select(Refund), Refund.intent_id, intents)
    disputes = _by_intent(session, select(Dispute), Dispute.intent_id, intents)
    requests = _requests(session, intents)
    rows = [
        _payment(
            intent,
            owners[intent],
            ledger.get(intent),
            words.get(intent),
            attempts[intent],
            refunds[intent],
            disputes[intent],
            requests[intent],
        )
        for intent in intents
    ]
    return tuple(sorted(rows, key=lambda row: (row.order_id, row.paid_at is None, row.paid_at, row.intent_id)))


def _owners(session: Session, ids: list[str]) -> dict[str, str]:
    """Which order each payment belongs to: what its metadata said before what the order says of itself."""
    own = select(Order.payment_intent_id, Order.id).where(Order.id.in_(ids), Order.payment_intent_id.is_not(None))
    foreign = exists(Payment.intent_id).where(
        Payment.intent_id == Order.payment_intent_id, Payment.order_id.is_not(None), Payment.order_id != Order.id
    )
    found = {intent: order for intent, order in session.execute(own.where(~foreign)) if intent}
    told = session.execute(select(Payment.intent_id, Payment.order_id).where(Payment.order_id.in_(ids)))
    return found | {intent: order for intent, order in told if order}


def _by_intent(
    session: Session, query: Select[Any], intent: InstrumentedAttribute[Any], intents: list[str]
) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in session.scalars(query.where(intent.in_(intents))):
        found[row.intent_id].append(row)
    return found


def _requests(session: Session, intents: list[str]) -> dict[str, list[RequestLine]]:
    rows = session.execute(
        select(RefundRequest, RefundNotice.state)
        .outerjoin(RefundNotice, RefundNotice.request_id == RefundRequest.id)
        .where(RefundRequest.intent_id.in_(intents))
        .order_by(RefundRequest.asked_at)
    )
    found: dict[str, list[RequestLine]] = defaultdict(list)
    for row, mail in rows:
        found[row.intent_id].append(
            RequestLine(
                row.id,
                row.amount,
                row.currency,
                row.whole,
                RefundReason(row.reason),
                row.note,
                RefundState(row.state),
                row.asked_by,
                row.asked_by_name,
                row.asked_at,
                row.decided_by_name,
                row.decided_at,
                row.decision_note,
                row.refund_id,
                row.problem,
                row.due_at,
                row.settled_at,
                NoticeState(mail) if mail else None,
            )
        )
    return found


def _payment(
    intent: str,
    order_id: str,
    known: Payment | None,
    kept: PaymentWord | None,
    attempts: Iterable[PaymentAttempt],
    refunds: Iterable[Refund],
    disputes: Iterable[Dispute],
    requests: list[RequestLine],
) -> PaymentRow:
    word = known_facts(kept.facts) if kept is not None else None
    moment = known and (known.succeeded_at or known.charged_at)
    said = word.intent if word is not None and word.intent.status == "succeeded" else None
    paid = known.amount if known is not None and moment and known.amount is not None else said.received if said else 0
    return PaymentRow(
        intent_id=intent,
        order_id=order_id,
        paid=paid,
        currency=(known and known.currency) or (word.intent.currency if word else "eur"),
        paid_at=moment or (_charged_at(word) if said else None),
        cancelled_at=known.cancelled_at if known else None,
        word=word,
        said_at=kept.said_at if kept else None,
        problem=kept.problem if kept else None,
        tried_at=kept.tried_at if kept else None,
        attempts=_attempts(attempts, word),
        refunds=_refunds(refunds, word),
        disputes=_disputes(disputes, word),
        requests=tuple(requests),
    )


def _charged_at(word: PaymentFacts | None) -> datetime | None:
    charge = word.intent.charge if word else None
    return charge.created_at if charge else None


def _attempts(known: Iterable[PaymentAttempt], word: PaymentFacts | None) -> tuple[AttemptLine, ...]:
    lines = {
        charge.id: AttemptLine(charge.created_at, charge.decline_code or charge.failure_code)
        for charge in (word.failed if word else ())
    }
    lines |= {row.id: AttemptLine(row.at, row.decline_code or row.code) for row in known}
    return tuple(sorted(lines.values(), key=lambda line: line.at))


def _refunds(known: Iterable[Refund], word: PaymentFacts | None) -> tuple[RefundLine, ...]:
    """Events and answers tell of the same refunds; the ledger, which knows of what came later, stands."""
    lines = {
        one.id: RefundLine(one.id, one.amount, one.currency, one.status, one.failure_reason, one.created_at)
        for one in (word.refunds if word else ())
    }
    for row in known:
        lines[row.id] = RefundLine(row.id, row.amount, row.currency, row.status, row.failure_reason, row.created_at)
    return tuple(sorted(lines.values(), key=lambda line: (line.created_at, line.id)))


def _disputes(known: Iterable[Dispute], word: PaymentFacts | None) -> tuple[DisputeLine, ...]:
    told = word.disputes if word else ()
    lines = {
        one.id: DisputeLine(one.id, one.amount, one.currency, one.status, one.reason, one.due_at, one.created_at)
        for one in told
    }
    for row in known:
        lines[row.id] = DisputeLine(
            row.id, row.amount, row.currency, row.status, row.reason, row.due_at, row.created_at
        )
    return tuple(sorted(lines.values(), key=lambda line: (line.created_at, line.id)))
