"""The head of a client's page: who they are, how to reach them, what they are worth, and what can be done."""

from collections.abc import Callable
from html import escape

import streamlit as st

from dashboard.components.copyable import Way, copyable
from dashboard.locale import _, money, ngettext, number
from dashboard.locale.labels import label
from dashboard.views import badges, cells
from dashboard.views.shell import messages
from lumira_db.contacts import international, readable
from lumira_db.enums import UserStatus
from lumira_db.queries.client_page import ClientHead, Value
from lumira_db.queries.clients import ClientRow

_STYLE = """
<style>
.figures { display: flex; flex-wrap: wrap; gap: .5rem 2.5rem; margin: .25rem 0 .5rem !important; padding: 0 !important }
.figures div { line-height: 1.35 }
.figures dt { font-size: .8125rem; opacity: .7 }
.figures dd { margin: 0 !important; font-size: 1.125rem; font-weight: 600 }
.figures small { font-size: .8125rem; font-weight: 400; opacity: .7; margin-inline-start: .35rem }
</style>
"""


def head(client: ClientHead, *, vip: bool, assign: Callable[[str], None] | None, actions: Callable[[], None]) -> None:
    """Name, status, refId, contact and figures; ``assign`` gives a refId, ``actions`` draws what can be done."""
    row = client.row
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(cells.plain(row.name or row.email), anchor=False, width="content")
        badges.status(row.status)
        if vip and not row.is_erased:
            st.badge(_("VIP"), icon=":material/star:", color="yellow")
        st.space("stretch")
        actions()
    messages()
    if row.is_erased:
        st.info(_("Erased on request: what is left is what bookkeeping must keep."), icon=":material/shield_person:")
    if row.status is not UserStatus.ACTIVE:
        text = _("{status}: nothing is sent to this client.").format(status=label(row.status))
        st.warning(text, icon=":material/block:")
    _contact(row, assign)
    st.html(_STYLE + _figures(client))


def _contact(row: ClientRow, assign: Callable[[str], None] | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if row.ref_id:
            copyable(row.ref_id, key="client.ref_id")
        elif row.is_erased:
            st.caption(_("No refId any more"))
        elif assign is not None:
            st.button(
                _("Give a refId"), key="client.assign_ref_id", icon=":material/tag:", on_click=assign, args=(row.id,)
            )
        else:
            st.caption(_("No refId yet"))
        if not row.is_erased:
            copyable(row.email, key="client.email", href=f"mailto:{row.email}", plain=True)
        if row.phone:
            _phone(row.phone)
        if row.source:
            st.caption(_("Came by {source}").format(source=cells.plain(row.source)), width="content")
        st.caption(_("Client since {day}").format(day=cells.long_day(row.created_at)), width="content")


def _phone(phone: str) -> None:
    reachable = international(phone)
    if reachable is None:
        copyable(phone, key="client.phone", plain=True)
        return
    ways = [Way(_("Write by WhatsApp"), f"https://wa.me/{reachable.removeprefix('+')}", "chat")]
    copyable(reachable, key="client.phone", shown=readable(phone), href=f"tel:{reachable}", plain=True, ways=ways)


def _figures(client: ClientHead) -> str:
    shown = [_worth(value) for value in client.values if value.orders or value.refunded_orders]
    if not shown:
        shown = [(_("Paid in all"), "–", _("nothing yet"))]
    if client.first_order_at is not None:
        shown.append((_("First order"), cells.long_day(client.first_order_at), ""))
    if client.last_order_at is not None:
        shown.append((_("Last order"), cells.long_day(client.last_order_at), cells.ago_text(client.last_order_at)))
    parts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(more)}</small></dd></div>"
        for name, value, more in shown
    )
    return f'<dl class="figures">{parts}</dl>'


def _worth(value: Value) -> tuple[str, str, str]:
    orders = ngettext("{count} paid order", "{count} paid orders", value.orders).format(count=number(value.orders))
    if value.refunded_orders:
        orders += " · " + _("{amount} refunded").format(amount=money(value.refunded_cents, value.currency))
    return _("Paid in all"), money(value.cents, value.currency), orders
