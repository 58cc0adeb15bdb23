"""Order statuses move as DOMAIN.md §4 says, and in no other way."""

from itertools import product

import pytest

from dashboard.locale import refusal_text, set_language
from dashboard.locale.labels import label
from lumira_db.enums import OrderStatus
from lumira_db.errors import ForbiddenTransition
from lumira_db.transitions import TRANSITIONS, Move, can, target_of

S = OrderStatus
PAID_STATES = [S.PAID, S.PROCESSING, S.AWAITING_VALIDATION, S.COMPLETED, S.FAILED]

# The table of DOMAIN.md §4, row by row: from, whether it was ever paid (None: either), to, by which move.
ROWS = [
    (S.PENDING, None, S.PAID, Move.PAY),
    (S.PENDING, None, S.FAILED, Move.FAIL_PAYMENT),
    (S.FAILED, False, S.PAID, Move.PAY),
    (S.PAID, None, S.PROCESSING, Move.START_PRODUCTION),
    (S.FAILED, True, S.PROCESSING, Move.START_PRODUCTION),
    (S.PROCESSING, None, S.AWAITING_VALIDATION, Move.RECEIVE_READING),
    (S.PROCESSING, None, S.FAILED, Move.FAIL_PRODUCTION),
    (S.AWAITING_VALIDATION, None, S.COMPLETED, Move.APPROVE),
    (S.AWAITING_VALIDATION, None, S.PROCESSING, Move.REQUEST_REVISION),
    (S.AWAITING_VALIDATION, None, S.PROCESSING, Move.REJECT),
    (S.COMPLETED, None, S.AWAITING_VALIDATION, Move.REOPEN),
    *((paid, True if paid is S.FAILED else None, S.REFUNDED, Move.REFUND) for paid in PAID_STATES),
]
LEGAL = {
    (move, source, paid): target
    for source, once_paid, target, move in ROWS
    for paid in (True, False)
    if once_paid is None or once_paid is paid
}
EVERY = list(product(Move, S, (True, False)))


@pytest.mark.parametrize(("move", "status", "paid"), EVERY)
def test_a_move_is_legal_exactly_where_the_domain_says(move: Move, status: OrderStatus, paid: bool) -> None:
    """Every move from every status, paid before or not: 140 cells."""
    assert can(move, status, ever_paid=paid) is ((move, status, paid) in LEGAL)


@pytest.mark.parametrize(("move", "status", "paid"), EVERY)
def test_a_move_leads_where_the_domain_says_or_is_refused_naming_both_ends(
    move: Move, status: OrderStatus, paid: bool
) -> None:
    """The refusal says from where and to where, as values and as a sentence in either language."""
    if (move, status, paid) in LEGAL:
        assert target_of(move, status, ever_paid=paid) is LEGAL[move, status, paid]
        return
    with pytest.raises(ForbiddenTransition) as refused:
        target_of(move, status, ever_paid=paid)
    target = TRANSITIONS[move].target
    assert refused.value.facts == {"source": status, "target": target}
    assert status.value in str(refused.value)
    assert target.value in str(refused.value)
    for language in ("fr", "en"):
        set_language(language)
        said = refusal_text(refused.value)
        assert label(status) in said
        assert label(target) in said


def test_only_a_payment_leads_to_paid() -> None:
    """Nothing else ever sets PAID."""
    assert [move for move, transition in TRANSITIONS.items() if transition.target is S.PAID] == [Move.PAY]


def test_only_an_approval_leads_to_completed() -> None:
    """No reading is ever delivered without an expert's approval."""
    assert [move for move, transition in TRANSITIONS.items() if transition.target is S.COMPLETED] == [Move.APPROVE]


def test_nothing_leads_out_of_refunded_or_into_pending() -> None:
    """A refund is the end; a cart is a beginning."""
    assert all(S.REFUNDED not in transition.sources for transition in TRANSITIONS.values())
    assert all(transition.target is not S.PENDING for transition in TRANSITIONS.values())


def test_every_move_has_its_row() -> None:
    """The table covers its enum, and the domain's rows use every move."""
    assert set(TRANSITIONS) == set(Move) == {move for *_, move in ROWS}
