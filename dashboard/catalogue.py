"""The products: what the screen reads, keeps of what is typed, and does."""

from datetime import timedelta
from typing import Any

import streamlit as st

from dashboard.acts import done
from dashboard.context import database
from dashboard.flash import Flash, say
from dashboard.locale import _
from dashboard.views import product_form as form
from dashboard.views import products as view
from dashboard.views.pager import place
from lumira_db.commands.products import change_product
from lumira_db.currencies import decimals
from lumira_db.queries import orders, products
from lumira_db.queries.products import ProductRow

_MINUTE = timedelta(minutes=1)
_MOST = 1_000


def screen() -> None:
    """The products; of the one that the address names, its form, its preview and its history."""
    with database().reading() as session:
        rows = products.list_products(session)
    chosen = next((row for row in rows if row.id == st.query_params.get("id")), None)
    view.listing(rows, chosen)
    view.odd_amounts(_odd_amounts(), _MOST)
    if chosen is not None:
        _product(chosen)


@st.cache_data(ttl=_MINUTE, max_entries=1, show_spinner=False)
def _odd_amounts() -> int:
    with database().reading() as session:
        return orders.count_odd_amounts(session, most=_MOST)


def _product(now: ProductRow) -> None:
    base = _opened(now)
    left, right = st.columns([3, 2], gap="large")
    with left:
        view.head(now)
        typed = form.fields(now.id, digits=decimals(now.currency))
        st.session_state[_typed_key(now.id)] = typed
        if base.version != now.version:
            form.conflict(base, now, typed, keep=_keep_mine, discard=_discard)
        with database().reading() as session:
            begun = products.count_open_checkouts(session, now.number)
        form.save_bar(base, typed, begun=begun, most=products.MANY, save=_save, discard=_discard)
    with right:
        view.preview(typed, form.price_of(typed))
    _history(now)


def _history(now: ProductRow) -> None:
    prices_only = view.history_head()
    with database().reading() as session:
        page = products.list_product_changes(session, now.id, prices_only=prices_only, cursor=place())
    view.history(page)


def _opened(now: ProductRow) -> ProductRow:
    """The product as the person began to change it. Nothing typed: as it is now. What was typed before they went to
    look at something else is there again."""
    base: ProductRow | None = st.session_state.get(_base_key(now.id))
    typed: dict[str, Any] | None = st.session_state.get(_typed_key(now.id))
    if base is None or typed is None or not form.differences(base, typed):
        base, typed = now, form.values_of(now)
        if st.session_state.get(_base_key(now.id)) != base or not form.is_drawn(now.id):
            form.fill(now.id, typed)
    elif not form.is_drawn(now.id):
        form.fill(now.id, typed)
    st.session_state[_base_key(now.id)] = base
    return base


def _save(base: ProductRow) -> None:
    typed = form.typed_in(base.id)
    if done(lambda s, a: change_product(s, a, base.id, form.parsed(typed), seen=base.version)):
        _forget(base.id)
        _odd_amounts.clear()
        say(Flash(_("{product} was saved.").format(product=typed["name"])))


def _keep_mine(base: ProductRow, now: ProductRow) -> None:
    """Go on from the present state: what the person changed stays as they typed it, the rest is as it is now."""
    typed = form.typed_in(base.id)
    mine = {name: typed[name] for name, _before, _after in form.differences(base, typed)}
    form.fill(base.id, form.values_of(now) | mine)
    st.session_state[_base_key(base.id)] = now
    st.session_state[_typed_key(base.id)] = form.values_of(now) | mine


def _discard(base: ProductRow) -> None:
    _forget(base.id)


def _forget(product_id: str) -> None:
    for key in (_base_key(product_id), _typed_key(product_id)):
        st.session_state.pop(key, None)


def _base_key(product_id: str) -> str:
    return f"product.{product_id}~base"


def _typed_key(product_id: str) -> str:
    return f"product.{product_id}~typed"
