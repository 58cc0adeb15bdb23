"""A product's form: its fields, what was changed in them, and what happens when somebody else wrote meanwhile."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dashboard.components.table import Column, EmptyState, Row, Text, table
from dashboard.locale import _, money, ngettext, number
from dashboard.views import cells
from lumira_db.currencies import smallest, units
from lumira_db.errors import InvalidInput
from lumira_db.i18n_marker import N_
from lumira_db.products import ProductValues
from lumira_db.queries.products import ProductRow

Typed = Mapping[str, Any]
Difference = tuple[str, Any, Any]

NAMES = {
    "name": N_("Name"),
    "description": N_("Description"),
    "price": N_("Price"),
    "currency": N_("Currency"),
    "features": N_("Features"),
    "limited_offer": N_("Limited offer"),
    "is_active": N_("On sale"),
    "coming_soon": N_("Coming soon"),
    "metadata": N_("Metadata"),
}
_SHORT = 60


def values_of(row: ProductRow) -> dict[str, Any]:
    """The product as its fields show it."""
    return {
        "name": row.name,
        "description": row.description,
        "price": float(units(row.amount_cents, row.currency)),
        "currency": row.currency.upper(),
        "features": "\n".join(row.features),
        "limited_offer": row.limited_offer,
        "is_active": row.is_active,
        "coming_soon": row.coming_soon,
        "metadata": "" if row.metadata is None else json.dumps(row.metadata, ensure_ascii=False, indent=2),
    }


def fill(product_id: str, values: Typed) -> None:
    """Put these values into the fields; before they are drawn, or from a button."""
    for name, value in values.items():
        st.session_state[_key(product_id, name)] = value


def is_drawn(product_id: str) -> bool:
    """Whether the fields were on screen in the run before: otherwise Streamlit has forgotten them."""
    return all(_key(product_id, name) in st.session_state for name in NAMES)


def typed_in(product_id: str) -> dict[str, Any]:
    """What stands in the fields now."""
    return {name: st.session_state.get(_key(product_id, name)) for name in NAMES}


def fields(product_id: str, *, digits: int) -> dict[str, Any]:
    """Draw the fields, the price with so many ``digits`` behind the point; what stands in them."""

    def key(name: str) -> str:
        return _key(product_id, name)

    st.text_input(_("Name"), key=key("name"), placeholder="")
    st.text_area(_("Description"), key=key("description"), height=96)
    price, currency, offer = st.columns([3, 2, 4], vertical_alignment="bottom")
    with price:
        # Without limits: a field that has them fails on what the platform wrote beyond them. The command has them.
        st.number_input(_("Price"), step=1.0, format=f"%.{digits}f", key=key("price"))
    with currency:
        st.text_input(_("Currency"), key=key("currency"), max_chars=3, placeholder="EUR")
    with offer:
        st.text_input(_("Limited offer"), key=key("limited_offer"), placeholder="")
    st.text_area(_("Features, one on each line"), key=key("features"), height=120)
    with st.container(horizontal=True):
        st.toggle(_("On sale"), key=key("is_active"))
        st.toggle(_("Coming soon"), key=key("coming_soon"))
    with st.expander(_("Metadata (JSON, for the platform)")):
        st.text_area(_("Metadata"), key=key("metadata"), height=120, label_visibility="collapsed")
    return typed_in(product_id)


def parsed(typed: Typed) -> ProductValues:
    """What was typed, as values. Raises ``InvalidInput`` when the metadata is no JSON."""
    written = (typed["metadata"] or "").strip()
    try:
        metadata = json.loads(written) if written else None
    except (ValueError, RecursionError):
        raise InvalidInput(problem=N_("The metadata is not valid JSON.")) from None
    return ProductValues(
        name=typed["name"] or "",
        description=typed["description"] or "",
        amount_cents=smallest(typed["price"] or 0, typed["currency"] or ""),
        currency=typed["currency"] or "",
        features=tuple((typed["features"] or "").splitlines()),
        limited_offer=typed["limited_offer"] or "",
        is_active=bool(typed["is_active"]),
        coming_soon=bool(typed["coming_soon"]),
        metadata=metadata,
    )


def differences(base: ProductRow, typed: Typed) -> list[Difference]:
    """What stands in the fields and did not when they were filled: field, before, after."""
    before = values_of(base)
    return [(name, before[name], typed[name]) for name in NAMES if (typed[name] or "") != (before[name] or "")]


def save_bar(
    base: ProductRow,
    typed: Typed,
    *,
    begun: int,
    most: int,
    save: Callable[[ProductRow], None],
    discard: Callable[[ProductRow], None],
) -> None:
    """What will be saved, in words, and the two buttons. Nothing while nothing was changed."""
    changed = differences(base, typed)
    if not changed:
        st.caption(_("Nothing was changed yet."))
        return
    with st.container(border=True, key="product.save_bar"):
        was = values_of(base)
        for name, _before, _after in changed:
            st.markdown(f"**{_(NAMES[name])}** {cells.plain(_said(was, name))} → {cells.plain(_said(typed, name))}")
        if {"price", "currency"} & {name for name, _before, _after in changed}:
            st.caption(_price_effect(base, begun, most))
        with st.container(horizontal=True):
            st.button(_("Save"), key="product.save", type="primary", on_click=save, args=(base,))
            st.button(_("Discard"), key="product.discard", type="tertiary", on_click=discard, args=(base,))


def conflict(
    base: ProductRow,
    now: ProductRow,
    typed: Typed,
    *,
    keep: Callable[[ProductRow, ProductRow], None],
    discard: Callable[[ProductRow], None],
) -> None:
    """Somebody wrote meanwhile: what it was, what it is now, and what stands in the field."""
    was, is_now = values_of(base), values_of(now)
    moved = [name for name in NAMES if was[name] != is_now[name]]
    st.warning(
        _("This product changed since you opened it. Nothing was overwritten, and what you typed is still here."),
        icon=":material/sync_problem:",
    )
    table(
        [
            Row(name, [Text(_(NAMES[name])), *(Text(_said(values, name)) for values in (was, is_now, typed))])
            for name in moved
        ],
        [
            Column("field", _("Field"), width=9),
            Column("was", _("When you opened it")),
            Column("now", _("Now")),
            Column("mine", _("In your form")),
        ],
        key="product.conflict",
        label=_("What changed meanwhile"),
        empty=EmptyState(_("Only what this form does not show has changed"), ""),
        keyboard=False,
    )
    with st.container(horizontal=True):
        st.button(_("Go on with what I typed"), key="product.keep", type="primary", on_click=keep, args=(base, now))
        st.button(_("Take the new state"), key="product.theirs", on_click=discard, args=(base,))


def _price_effect(base: ProductRow, begun: int, most: int) -> str:
    old = money(base.amount_cents, base.currency)
    if not begun:
        return _("The new price counts from the moment it is saved. Orders so far keep what they paid.")
    counted = number(begun) if begun < most else f"{number(most)}+"
    text = ngettext(
        "The new price counts from the moment it is saved. Orders so far keep what they paid; {count} open "
        "checkout was begun at {old}.",
        "The new price counts from the moment it is saved. Orders so far keep what they paid; {count} open "
        "checkouts were begun at {old}.",
        begun,
    )
    return text.format(count=counted, old=old)


def price_of(values: Typed) -> str:
    """The price that these values make, as people read it."""
    currency = values["currency"] or ""
    return money(smallest(values["price"] or 0, currency), currency)


def _said(values: Typed, name: str) -> str:
    if name == "price":
        return price_of(values)
    value = values[name]
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = " · ".join(str(value or "").split("\n"))
    return (text if len(text) <= _SHORT else f"{text[:_SHORT]}…") or "–"


def _key(product_id: str, name: str) -> str:
    return f"product.{product_id}.{name}"
