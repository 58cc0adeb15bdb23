"""What Stripe and the database disagree about, on screen: in words, with its one safe action."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import streamlit as st

from dashboard.components.table import Column, EmptyState, Link, Row, Text, table
from dashboard.context import zone
from dashboard.locale import _, money, ngettext, number, refusal_text
from dashboard.locale.labels import label
from dashboard.navigation import address, link
from dashboard.views import addressed, badges, cells
from dashboard.views.exporting import export_links
from dashboard.views.facts import Group, facts
from dashboard.views.modal import modal
from dashboard.views.pager import pager
from lumira_db.clock import utcnow
from lumira_db.errors import Refusal
from lumira_db.i18n_marker import N_
from lumira_db.queries.paging import Page
from lumira_db.queries.reconciliation import FindingRow
from lumira_db.queries.tasks import TaskRow
from lumira_db.states import FindingKind, FindingState

K = FindingKind
NAMES: Mapping[FindingKind, str] = {
    K.PAID_THERE_ONLY: N_("Paid at Stripe, not here"),
    K.PAID_HERE_ONLY: N_("Paid here, not at Stripe"),
    K.AMOUNT_DIFFERS: N_("Another amount at Stripe"),
    K.REFUNDED_THERE_ONLY: N_("Refunded at Stripe, not here"),
    K.UNMATCHED: N_("Payment without an order"),
    K.PAID_TWICE: N_("Paid twice"),
    K.BALANCE_UNEXPLAINED: N_("Line of the balance without a sale"),
}
STORIES: Mapping[FindingKind, str] = {
    K.PAID_THERE_ONLY: N_(
        "Stripe took {amount} for this order, and the order is not paid here: its event was lost or failed. Fetching "
        "the payment writes it into the ledger and pays the order."
    ),
    K.PAID_HERE_ONLY: N_(
        "The order is paid here, {amount}, and Stripe knows no payment of it that succeeded. Look at the order: it may "
        "have been paid elsewhere, or be of another Stripe account."
    ),
    K.AMOUNT_DIFFERS: N_(
        "Stripe took {amount}; the order says {here}. What was really paid is what Stripe says. Look at the order and "
        "say here why, or give the difference back."
    ),
    K.REFUNDED_THERE_ONLY: N_(
        "Stripe gave {amount} back, and the Desk does not know: the refund was made at Stripe, or its event was lost. "
        "Fetching the payment writes the refund into the ledger."
    ),
    K.UNMATCHED: N_(
        "Stripe took {amount}, and no order is known for it: it may come from elsewhere, or the order was never "
        "written. Fetching the payment looks for its order once more."
    ),
    K.PAID_TWICE: N_(
        "The order was paid {payments} times, {amount} in all, and more than one payment was kept. Refunding the later "
        "one opens its form, with what is left of it; nothing is given back before you confirm it there."
    ),
    K.BALANCE_UNEXPLAINED: N_(
        "{amount} moved on Stripe's balance ({type}) for something that no order explains. Look at it at Stripe, and "
        "say here what it is."
    ),
}
_FETCHED = (K.PAID_THERE_ONLY, K.REFUNDED_THERE_ONLY, K.UNMATCHED)
_AT_STRIPE = (K.BALANCE_UNEXPLAINED,)
_DAYS = 30


def kind_name(kind: FindingKind) -> str:
    """The kind in the person's language."""
    return _(NAMES[kind])


def story(row: FindingRow) -> str:
    """What the two disagree about, in a sentence or three."""
    here = row.facts.get("here")
    return _(STORIES[row.kind]).format(
        amount=_amount(row),
        here="–" if here is None else money(int(here), str(row.facts.get("here_currency") or row.currency or "")),
        payments=row.facts.get("payments", 2),
        type=row.facts.get("type", "?"),
    )


def start(look: Callable[[date, date], None], *, disabled: bool) -> None:
    """Which days to compare, and the button."""
    today = utcnow().astimezone(zone()).date()
    with st.popover(_("Compare now"), icon=":material/balance:", disabled=disabled):
        chosen = st.date_input(
            _("Days to compare"),
            value=(today - timedelta(days=_DAYS), today),
            key="findings.days",
            format="DD/MM/YYYY",
        )
        days = [day for day in (chosen if isinstance(chosen, tuple) else (chosen,)) if isinstance(day, date)]
        st.caption(_("It can be stopped and resumed. What happened in the last ten minutes is left to the next time."))
        st.button(
            _("Compare"),
            key="findings.start",
            type="primary",
            disabled=not days,
            on_click=lambda: look(days[0], days[-1]),
        )


def outcome(task: TaskRow) -> str:
    """What a look has done, in a sentence."""
    text = ngettext("{count} line of Stripe's was compared.", "{count} lines of Stripe's were compared.", task.done)
    solved = int(task.result.get("solved", 0))
    said = text.format(count=number(task.done))
    if not solved:
        return said
    more = ngettext("{count} finding has solved itself.", "{count} findings have solved themselves.", solved)
    return said + " " + more.format(count=number(solved))


def filters() -> None:
    """Narrow by state, kind, subject and days; without a state, what is open."""
    columns = addressed.row([2.4, 3.2, 3, 2.4])
    with columns[0]:
        unchosen = label(FindingState.OPEN)
        addressed.several(
            "finding", list(FindingState), names=label, label=_("State"), parse=FindingState, none=unchosen
        )
    with columns[1]:
        addressed.several("kind", list(FindingKind), names=kind_name, label=_("Kind"), parse=FindingKind)
    with columns[2]:
        addressed.text("about", label=_("About"), placeholder=_("Order number, payment or charge"))
    with columns[3]:
        addressed.days("days", label=_("Happened"))
    with st.container(horizontal=True, gap="small"):
        export_links("findings")


def listing(page: Page[FindingRow], *, compared: bool) -> FindingRow | None:
    """The findings, what happened last first; the one that was opened. ``compared``: anything ever was."""
    empty = (
        EmptyState(_("Nothing differs"), _("What was compared says the same on both sides."), icon="check")
        if compared
        else EmptyState(_("Nothing was compared yet"), _("Start above, or wait for the night."), icon="search")
    )
    result = table(
        [_row(row) for row in page.rows],
        [
            Column("kind", _("What differs"), "link"),
            Column("order", _("Order"), "mono", width=10.5),
            Column("amount", _("Amount"), "money", width=8),
            Column("state", _("State"), "badge", width=8.5),
            Column("happened", _("Happened"), "time", width=10, priority=2),
        ],
        key="payments.findings",
        label=_("Differences between Stripe and the Desk"),
        empty=empty,
    )
    pager(page, key="payments.findings")
    return next((row for row in page.rows if str(row.id) == result.opened), None)


def detail(
    row: FindingRow,
    *,
    fetch: Callable[[FindingRow], None],
    explain: Callable[[FindingRow, str], Refusal | None],
    reopen: Callable[[FindingRow], None],
    refund: Callable[[FindingRow], None],
    at_stripe: Callable[[], str],
) -> None:
    """One finding: what it means, its one safe action, and the place for an explanation."""

    @modal(kind_name(row.kind), width="large")
    def dialog() -> None:
        badges.status(row.state)
        st.markdown(cells.plain(story(row)))
        facts([Group("", _said(row))])
        with st.container(horizontal=True, vertical_alignment="center"):
            _action(row, fetch, refund, at_stripe)
            if row.state is FindingState.EXPLAINED and st.button(_("Open again"), key="finding.reopen"):
                reopen(row)
                st.rerun()
        if row.state is not FindingState.SOLVED:
            note = st.text_area(_("Explanation"), row.note or "", key=f"finding.note.{row.id}")
            if st.button(_("Keep the explanation"), key="finding.explain"):
                refused = explain(row, note)
                if refused is None:
                    st.rerun()
                st.error(cells.plain(refusal_text(refused)), icon=":material/block:")

    dialog()


def _action(
    row: FindingRow,
    fetch: Callable[[FindingRow], None],
    refund: Callable[[FindingRow], None],
    at_stripe: Callable[[], str],
) -> None:
    if row.kind in _FETCHED:
        if row.state is not FindingState.SOLVED and st.button(
            _("Fetch the payment from Stripe"), key="finding.fetch", type="primary", icon=":material/cloud_download:"
        ):
            fetch(row)
            st.rerun()
    elif row.kind is K.PAID_TWICE and row.state is not FindingState.SOLVED:
        if st.button(_("Refund the later payment…"), key="finding.refund", type="primary", icon=":material/undo:"):
            refund(row)
    elif row.kind in _AT_STRIPE:
        st.link_button(_("Look at it at Stripe"), at_stripe(), icon=":material/open_in_new:")
    elif row.order_id:
        link("order", _("Open the order"), icon=":material/article:", id=row.order_id, part="payment")


def _said(row: FindingRow) -> list[tuple[str, str]]:
    settled = row.state is not FindingState.OPEN and row.settled_at
    by = row.settled_by or (_("by itself") if row.state is FindingState.SOLVED else "")
    return [
        (_("Order"), row.order_number or ""),
        (_("Payment"), row.intent_id or ""),
        (_("Object at Stripe"), row.object_id if row.object_id != row.order_id else ""),
        (_("Happened"), cells.exact_text(row.happened_at)),
        (_("Found"), cells.exact_text(row.found_at)),
        (_("Settled"), f"{cells.exact_text(row.settled_at)} · {by}" if settled and row.settled_at else ""),
        (_("Explanation"), row.note or ""),
    ]


def _row(row: FindingRow) -> Row:
    return Row(
        str(row.id),
        [
            Link(kind_name(row.kind), sub=row.note or row.intent_id or row.object_id),
            Link(row.order_number, href=address("order", id=row.order_id or "", part="payment"), mono=True)
            if row.order_number
            else Text("–"),
            cells.amount(row.amount, row.currency) if row.amount is not None and row.currency else Text("–"),
            cells.badge(row.state),
            cells.since(row.happened_at),
        ],
    )


def _amount(row: FindingRow) -> str:
    return "–" if row.amount is None or not row.currency else money(row.amount, row.currency)
