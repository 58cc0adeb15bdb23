"""The products on screen: the list, a product as a client sees it, and what became of it."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from dashboard.components.table import Badge, Column, EmptyState, Link, Person, Row, Text, table
from dashboard.locale import _, money, ngettext, number
from dashboard.navigation import address, go, link
from dashboard.views import addressed, cells
from dashboard.views.pager import pager
from lumira_db.i18n_marker import N_
from lumira_db.queries.paging import Page
from lumira_db.queries.products import ProductChangeRow, ProductRow
from lumira_db.states import ProductEvent

KINDS = {
    ProductEvent.FOUND: N_("Found like this"),
    ProductEvent.CREATED: N_("Created"),
    ProductEvent.CHANGED: N_("Changed"),
    ProductEvent.DELETED: N_("Deleted"),
}
_COLUMNS = {
    "name": N_("Name"),
    "description": N_("Description"),
    "amountCents": N_("Price"),
    "currency": N_("Currency"),
    "features": N_("Features"),
    "limitedOffer": N_("Limited offer"),
    "isActive": N_("On sale"),
    "comingSoon": N_("Coming soon"),
    "metadata": N_("Metadata"),
    "level": N_("Level"),
}
_SHORT = 80
_STYLE = """
<style>
.offer { border: 1px solid color-mix(in srgb, currentColor 18%, transparent); border-radius: .8rem; padding: 1.4rem;
  display: grid; gap: .7rem; max-width: 24rem; background: color-mix(in srgb, currentColor 3%, transparent) }
.offer.off { opacity: .55 }
.offer h3 { margin: 0; padding: 0; font-size: 1.35rem }
.offer p { margin: 0 }
.offer .ribbon { justify-self: start; background: #E8A838; color: #0C1225; border-radius: 1rem; padding: .1rem .7rem;
  font-size: .8rem; font-weight: 600 }
.offer .price { font-size: 1.6rem; font-weight: 600; font-variant-numeric: tabular-nums }
.offer ul { margin: 0; padding: 0; list-style: none; display: grid; gap: .3rem }
.offer li { margin: 0 } .offer li::before { content: "✓"; color: #B87A10; margin-inline-end: .5rem }
.offer .buy { border-radius: .5rem; padding: .5rem; text-align: center; background: #E8A838; color: #0C1225;
  font-weight: 600 }
.offer .buy.soon { background: color-mix(in srgb, currentColor 12%, transparent); color: inherit }
</style>
"""
# The shop speaks French to everybody: these are its own words.
_BUY, _SOON = "Choisir cette lecture", "Bientôt disponible"


def listing(rows: Sequence[ProductRow], chosen: ProductRow | None) -> None:
    """Every product; one opened is shown below."""
    table(
        [_row(row, chosen) for row in rows],
        [
            Column("product", _("Product"), "link"),
            Column("level", _("Level"), "badge", width=9),
            Column("price", _("Price"), "money", width=8),
            Column("since", _("Price since"), "time", width=11, priority=2),
            Column("by", _("Set by"), "person", width=12, priority=3),
            Column("state", _("State"), "badge", width=10),
        ],
        key="products.list",
        label=_("Products"),
        empty=EmptyState(_("There is no product"), _("The platform creates them."), icon="alert"),
        on_open=lambda product_id: go("products", id=product_id),
    )


def odd_amounts(count: int, most: int) -> None:
    """How many orders were paid an amount that never was a price, and the way to them."""
    if not count:
        st.caption(_("Every order that was paid was paid a price that its level has, or had."))
        return
    text = ngettext(
        "{count} order was paid an amount that never was a price of its level",
        "{count} orders were paid an amount that never was a price of their level",
        count,
    )
    shown = number(count) if count < most else f"{number(most)}+"
    link("orders", text.format(count=shown), icon=":material/payments:", odd="1")


def head(row: ProductRow) -> None:
    """Which product is changed."""
    st.subheader(cells.plain(row.name), anchor=False)


def preview(typed: Mapping[str, Any], price: str) -> None:
    """The product as a client would see it, with what stands in the form and the ``price`` that it makes."""
    st.markdown(f"**{_('As a client sees it')}**")
    if not typed["is_active"]:
        st.caption(_("Not on sale: clients do not see it."))
    elif typed["coming_soon"]:
        st.caption(_("Announced: clients see it and cannot buy it."))
    features = "".join(f"<li>{escape(line.strip())}</li>" for line in typed["features"].splitlines() if line.strip())
    offer = (typed["limited_offer"] or "").strip()
    buy, kind = (_SOON, "buy soon") if typed["coming_soon"] else (_BUY, "buy")
    st.html(
        f'{_STYLE}<div class="offer{"" if typed["is_active"] else " off"}" lang="fr">'
        + (f'<span class="ribbon">{escape(offer)}</span>' if offer else "")
        + f"<h3>{escape(typed['name'] or '')}</h3>"
        + f"<p>{escape(typed['description'] or '')}</p>"
        + f'<div class="price">{escape(price)}</div>'
        + (f"<ul>{features}</ul>" if features else "")
        + f'<div class="{kind}">{escape(buy)}</div></div>'
    )


def history_head() -> bool:
    """The title of the history; whether only prices are wanted."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.subheader(_("What became of it"), anchor=False)
        return not addressed.switch("all", label=_("All changes, not only prices"))


def history(page: Page[ProductChangeRow]) -> None:
    """Prices and changes, the newest first, with who wrote them."""
    table(
        [
            Row(
                str(row.id),
                [
                    cells.moment(row.at),
                    cells.amount(row.amount_cents, row.currency),
                    Person(row.actor_name) if row.actor_name else Text(_writer(row)),
                    Text(_story(row), title=_story(row)),
                ],
            )
            for row in page.rows
        ],
        [
            Column("at", _("Counts from"), "time", width=11),
            Column("price", _("Price"), "money", width=8),
            Column("who", _("Who"), width=12),
            Column("what", _("What happened")),
        ],
        key="products.history",
        label=_("History of the product"),
        empty=EmptyState(_("Nothing is known yet"), ""),
        keyboard=False,
    )
    pager(page, key="products")


def _row(row: ProductRow, chosen: ProductRow | None) -> Row:
    return Row(
        row.id,
        [
            Link(row.name, sub=row.id),
            cells.level(row.number),
            cells.amount(row.amount_cents, row.currency),
            cells.moment(row.price_since),
            Person(row.price_by or ""),
            _state(row),
        ],
        href=address("products", id=row.id),
        muted=chosen is not None and chosen.id != row.id,
    )


def _state(row: ProductRow) -> Badge:
    if not row.is_active:
        return Badge(_("Not on sale"), "neutral", "x")
    return Badge(_("Coming soon"), "info", "clock") if row.coming_soon else Badge(_("On sale"), "success", "check")


def _writer(row: ProductChangeRow) -> str:
    return "–" if row.kind is ProductEvent.FOUND else _("The platform")


def _story(row: ProductChangeRow) -> str:
    if row.kind is not ProductEvent.CHANGED:
        return _(KINDS[row.kind])
    earlier, _now = _both(row.changes.get("currency", [row.currency, row.currency]))
    return "; ".join(_changed(name, value, str(earlier or ""), row.currency) for name, value in row.changes.items())


def _changed(column: str, value: Any, earlier: str, currency: str) -> str:
    before, after = _both(value)
    name = _(_COLUMNS[column]) if column in _COLUMNS else column
    return f"{name} {_said(column, before, earlier)} → {_said(column, after, currency)}"


def _both(value: Any) -> tuple[Any, Any]:
    return (value[0], value[1]) if isinstance(value, list) and len(value) == 2 else (None, value)


def _said(column: str, value: Any, currency: str) -> str:
    if column == "amountCents" and isinstance(value, int):
        return money(value, currency)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = ", ".join(map(str, value)) if isinstance(value, list) else "–" if value is None else str(value)
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"
