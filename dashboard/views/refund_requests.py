"""Refunds that staff asked for: where each stands, what is known of it, and what can be done about it."""

from collections.abc import Callable, Sequence
from uuid import UUID

import streamlit as st

from dashboard.locale import _, money
from dashboard.locale.labels import REFUND_REASON
from dashboard.locale.stripe_words import trouble_in_words
from dashboard.views import badges, cells
from lumira_db.queries.payment_rows import RequestLine
from lumira_db.states import RefundState


def decline_note(request_id: UUID) -> str:
    """Where the reason stands for which a refund is declined."""
    return f"payment.decline_note.{request_id}"


def requests(
    lines: Sequence[RequestLine], *, person_id: str, on_request: dict[str, Callable[[UUID], None]] | None
) -> None:
    """Each with its state, who wanted it and why, the newest first."""
    for line in reversed(lines):
        with st.container(border=True, key=f"refund-{line.id}"):
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.markdown(
                    f"**{_('Refund of {amount}').format(amount=cells.plain(money(line.amount, line.currency)))}**"
                )
                badges.status(line.state)
                if line.mail is not None:
                    badges.status(line.mail)
            st.caption(_who(line))
            st.text(f"{_(REFUND_REASON[line.reason])} · {line.note}" if line.note else _(REFUND_REASON[line.reason]))
            known = _known(line)
            if known:
                st.caption(known)
            if on_request is not None:
                _acts(line, person_id, on_request)


def _who(line: RequestLine) -> str:
    parts = [_("Asked by {name} {moment}").format(name=line.asked_by_name, moment=cells.ago_text(line.asked_at))]
    if line.decided_by_name and line.decided_at:
        decided = {
            RefundState.DECLINED: _("declined by {name} {moment}"),
            RefundState.WITHDRAWN: _("withdrawn by {name} {moment}"),
        }.get(line.state, _("approved by {name} {moment}"))
        parts.append(decided.format(name=line.decided_by_name, moment=cells.ago_text(line.decided_at)))
    if line.decision_note:
        parts.append(line.decision_note)
    return " · ".join(cells.plain(part) for part in parts)


def _known(line: RequestLine) -> str:
    """What is known, in a sentence: above all, whether money may have moved."""
    why = trouble_in_words(line.problem) if line.problem else ""
    said = {
        RefundState.WAITING_APPROVAL: _("Another administrator has to approve it; nothing has moved yet."),
        RefundState.COMMITTED: _("Nothing has moved yet; the worker asks Stripe."),
        RefundState.SENT: _("Stripe is being asked: whether the money has moved is not known yet."),
        RefundState.UNKNOWN: _(
            "Stripe's answer was lost: the money may have moved. It is asked again, for the same refund."
        ),
        RefundState.PENDING: _("Stripe has taken it; the bank has not confirmed it yet."),
        RefundState.REFUSED: _("Nothing has moved."),
        RefundState.FAILED: _("The bank sent the money back: the client has not got it."),
    }.get(line.state, "")
    parts = [why, said]
    if line.is_open and line.problem and line.due_at is not None:
        parts.append(_("Next attempt {moment}.").format(moment=cells.ago_text(line.due_at)))
    return " ".join(part for part in parts if part)


def _acts(line: RequestLine, person_id: str, on_request: dict[str, Callable[[UUID], None]]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if line.state is RefundState.WAITING_APPROVAL and line.asked_by != person_id:
            _button(_("Approve the refund"), "approve", line, on_request, primary=True)
            why = _("Why not?")
            st.text_input(why, key=decline_note(line.id), label_visibility="collapsed", placeholder=why)
            _button(_("Decline"), "decline", line, on_request)
        elif line.state in {RefundState.WAITING_APPROVAL, RefundState.COMMITTED}:
            _button(_("Withdraw"), "withdraw", line, on_request)
        if line.state in {RefundState.COMMITTED, RefundState.UNKNOWN} and line.problem:
            _button(_("Try again now"), "retry", line, on_request)


def _button(
    text: str, act: str, line: RequestLine, on_request: dict[str, Callable[[UUID], None]], *, primary: bool = False
) -> None:
    st.button(
        text,
        key=f"refund.{act}.{line.id}",
        type="primary" if primary else "secondary",
        on_click=on_request[act],
        args=(line.id,),
    )
