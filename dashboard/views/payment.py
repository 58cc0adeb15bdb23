"""The payment of an order: what arrived, by what means, what it cost, what went back, and what stands against it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import streamlit as st

from dashboard.context import zone
from dashboard.gateways.stripe import dashboard_url
from dashboard.locale import _, exact, money
from dashboard.locale.stripe_words import (
    DECLINES,
    DISPUTE_REASONS,
    DISPUTE_STATES,
    METHODS,
    REFUND_STATES,
    RETURNS,
    in_words,
    trouble_in_words,
)
from dashboard.views import badges, cells
from dashboard.views.facts import Group, facts
from dashboard.views.refund_requests import requests
from lumira_db.payment_facts import Mode
from lumira_db.queries.payment_rows import DisputeLine, PaymentRow, RefundLine


@dataclass(frozen=True, slots=True)
class Acts:
    """What may be done; ``refund`` and those on a request (approve, decline, withdraw, retry) only for an
    administrator, None for everybody else."""

    ask: Callable[[str, str], None]
    refund: Callable[[PaymentRow], None] | None = None
    on_request: dict[str, Callable[[UUID], None]] | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What the panel needs to know beside the payment: ``ordered`` and ``price`` as (cents, currency)."""

    mode: Mode
    ordered: tuple[int, str]
    price: tuple[int, str] | None
    person_id: str
    asking: bool


def nothing() -> None:
    """An order that never met Stripe."""
    st.info(_("No payment was begun for this order."), icon=":material/credit_card_off:")


def panel(row: PaymentRow, setting: Setting, acts: Acts) -> None:
    """One payment, and what can be done about it."""
    with st.container(border=True, key=f"payment-{row.intent_id}"):
        _head(row, setting, acts)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
            _word(row, setting)
            with st.container(horizontal=True, width="content", gap="small"):
                _links(row, setting)
        for dispute in row.disputes:
            _dispute(dispute, setting.mode)
        facts(_groups(row, setting))
        requests(row.requests, person_id=setting.person_id, on_request=acts.on_request)


def _head(row: PaymentRow, setting: Setting, acts: Acts) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(money(row.paid, row.currency) if row.paid else _("Payment"), anchor=False, width="content")
        badges.status(row.state)
        if setting.mode is Mode.TEST:
            st.badge(_("Test mode"), icon=":material/science:", color="gray")
        st.space("stretch")
        if acts.refund is not None and row.refundable:
            st.button(
                _("Refund…"),
                key=f"payment.refund.{row.intent_id}",
                icon=":material/undo:",
                on_click=acts.refund,
                args=(row,),
            )
        st.button(
            _("Ask Stripe"),
            key=f"payment.ask.{row.intent_id}",
            icon=":material/refresh:",
            disabled=setting.asking,
            on_click=acts.ask,
            args=(row.intent_id, row.order_id),
        )


def _links(row: PaymentRow, setting: Setting) -> None:
    """What others show of it: the client's receipt, and Stripe's own page."""
    receipt = _receipt(row)
    if receipt is not None:
        st.link_button(_("Client's receipt"), receipt, icon=":material/receipt_long:", type="tertiary")
    st.link_button(
        _("At Stripe"),
        dashboard_url(setting.mode, "payments", row.intent_id),
        icon=":material/open_in_new:",
        type="tertiary",
    )


def _receipt(row: PaymentRow) -> str | None:
    """Where the client's receipt is, once Stripe has told."""
    charge = row.word.intent.charge if row.word else None
    address = charge.receipt_url if charge is not None else None
    return address if address is not None and address.startswith("https://") else None


def _word(row: PaymentRow, setting: Setting) -> None:
    """When Stripe last spoke, and whether it does now; the rest of the page works either way."""
    said = (
        _("Stripe's last word: {moment}").format(moment=cells.ago_text(row.said_at))
        if row.said_at
        else _("From Stripe's messages; its own page has not been asked yet.")
    )
    if setting.asking:
        st.caption(":material/hourglass_top: " + _("Asking Stripe…") + " " + said)
    elif row.problem and row.tried_at is not None:
        text = trouble_in_words(row.problem)
        tried = _("Asked {moment}.").format(moment=cells.ago_text(row.tried_at))
        st.warning(f"{text} {tried} {said}", icon=":material/cloud_off:")
    else:
        st.caption(said, help=exact(row.said_at, zone()) if row.said_at else None)


def _dispute(line: DisputeLine, mode: Mode) -> None:
    parts = [in_words(DISPUTE_STATES, line.status), money(line.amount, line.currency)]
    parts.append(in_words(DISPUTE_REASONS, line.reason))
    if line.stands and line.due_at is not None and line.status != "lost":
        parts.append(_("answer due {moment}").format(moment=cells.ago_text(line.due_at)))
        parts.append(exact(line.due_at, zone()))
    text = " · ".join(cells.plain(part) for part in parts if part)
    link = f" [{_('Open at Stripe')}]({dashboard_url(mode, 'disputes', line.id)})"
    if line.stands:
        said = (
            _("The bank has given the money back to the client; nothing is sent any more.")
            if line.status == "lost"
            else _("Nothing is sent while it stands.")
        )
        st.error(f"**{text}**\n\n{said}{link}", icon=":material/gavel:")
    else:
        st.caption(":material/gavel: " + text + link)


def _groups(row: PaymentRow, setting: Setting) -> list[Group]:
    return [
        Group(_("Payment"), [*_amounts(row, setting), *_means(row)]),
        Group(_("Costs"), _costs(row)),
        Group(_("Declined attempts"), [(exact(one.at, zone()), _declined(one.code)) for one in row.attempts]),
        Group(_("Refunds"), [(exact(one.created_at, zone()), _refund(one)) for one in row.refunds]),
    ]


def _amounts(row: PaymentRow, setting: Setting) -> list[tuple[str, str]]:
    amount, currency = setting.ordered
    asked = row.paid or (row.word.intent.amount if row.word else 0)
    found = []
    if asked and (asked, row.currency.lower()) != (amount, currency.lower()):
        difference = _("{amount}, not what the order says: {ordered}")
        found.append(
            (_("Amount"), "⚠ " + difference.format(amount=money(asked, row.currency), ordered=money(amount, currency)))
        )
    elif row.paid:
        found.append((_("Amount"), money(row.paid, row.currency)))
    if setting.price is not None:
        found.append((_("Product's price"), _price(asked or amount, row.currency, setting.price)))
    if row.given_back:
        found.append((_("Left after refunds"), money(row.left, row.currency)))
    if row.paid_at is not None:
        found.append((_("When"), f"{cells.ago_text(row.paid_at)} · {exact(row.paid_at, zone())}"))
    return found


def _price(paid: int, currency: str, price: tuple[int, str]) -> str:
    shown = money(*price)
    if (paid, currency.lower()) == (price[0], price[1].lower()):
        return shown
    if currency.lower() != price[1].lower():
        return "⚠ " + _("{price}: another currency").format(price=shown)
    return "⚠ " + _("{price}: a difference of {amount}").format(price=shown, amount=money(paid - price[0], currency))


def _means(row: PaymentRow) -> list[tuple[str, str]]:
    charge = row.word.intent.charge if row.word else None
    found = []
    if charge is not None and charge.method:
        name = in_words(METHODS, charge.brand or charge.method)
        found.append((_("Paid by"), f"{name} ···· {charge.last4}" if charge.last4 else name))
    found.append((_("Payment's id"), row.intent_id))
    return found


def _costs(row: PaymentRow) -> list[tuple[str, str]]:
    balance = row.word.intent.charge.balance if row.word and row.word.intent.charge else None
    if balance is None:
        return []
    return [
        (_("Stripe's fee"), money(balance.fee, balance.currency)),
        (_("Net"), money(balance.net, balance.currency)),
    ]


def _declined(code: str | None) -> str:
    return in_words(DECLINES, code) or _("The payment did not go through.")


def _refund(line: RefundLine) -> str:
    parts = [money(line.amount, line.currency), in_words(REFUND_STATES, line.status)]
    if line.failure_reason:
        parts.append(in_words(RETURNS, line.failure_reason))
    return " · ".join(parts)
