"""The screens: their addresses, names, and who may open them. Addresses are part of the contract."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from dashboard.locale import _, get_language
from lumira_db.actor import Actor
from lumira_db.i18n_marker import N_
from lumira_db.permissions import Permission, allows

PAGES = Path(__file__).parent.parent / "pages"


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen. ``permission`` None: anybody signed in. ``hidden`` ones are reached from others; ``shortcut``
    is the key that opens it from anywhere."""

    name: str
    title: str
    icon: str
    section: str
    permission: Permission | None
    hidden: bool = False
    shortcut: str = ""

    @property
    def file(self) -> Path:
        return PAGES / f"{self.name}.py"


_WORK, _FIGURES, _HOUSE = N_("Work"), N_("Figures"), N_("House")

SCREENS: tuple[Screen, ...] = (
    Screen("home", N_("Home"), ":material/home:", _WORK, None, shortcut="h"),
    Screen("queue", N_("Queue"), ":material/inbox:", _WORK, Permission.SEE_QUEUE, shortcut="q"),
    Screen("orders", N_("Orders"), ":material/receipt_long:", _WORK, Permission.SEE_ORDERS, shortcut="l"),
    Screen("clients", N_("Clients"), ":material/group:", _WORK, Permission.SEE_CLIENTS, shortcut="m"),
    Screen("deliveries", N_("Deliveries"), ":material/outgoing_mail:", _WORK, Permission.SEE_DELIVERIES, shortcut="d"),
    Screen("revenue", N_("Revenue"), ":material/payments:", _FIGURES, Permission.SEE_REVENUE, shortcut="v"),
    Screen("paths", N_("Path"), ":material/hiking:", _FIGURES, Permission.SEE_PATHS, shortcut="p"),
    Screen("operations", N_("Operations"), ":material/monitoring:", _FIGURES, Permission.SEE_OPERATIONS, shortcut="w"),
    Screen("payments", N_("Payments"), ":material/payments:", _HOUSE, Permission.MANAGE_PAYMENTS),
    Screen("products", N_("Products"), ":material/storefront:", _HOUSE, Permission.MANAGE_PRODUCTS),
    Screen("tags", N_("Tags"), ":material/sell:", _HOUSE, Permission.MANAGE_CLIENTS),
    Screen("refids", N_("refIds"), ":material/tag:", _HOUSE, Permission.MANAGE_CLIENTS),
    Screen("duplicates", N_("Duplicates"), ":material/group_work:", _HOUSE, Permission.MANAGE_CLIENTS),
    Screen("privacy", N_("Personal data"), ":material/shield_person:", _HOUSE, Permission.ERASE_CLIENTS),
    Screen("staff", N_("Staff"), ":material/badge:", _HOUSE, Permission.MANAGE_STAFF),
    Screen("audit", N_("Audit"), ":material/history:", _HOUSE, Permission.SEE_AUDIT),
    Screen("order", N_("Order"), ":material/article:", _WORK, Permission.SEE_ORDERS, hidden=True),
    Screen("client", N_("Client"), ":material/person:", _WORK, Permission.SEE_CLIENTS, hidden=True),
    Screen("merge", N_("Merge two clients"), ":material/merge:", _HOUSE, Permission.MANAGE_CLIENTS, hidden=True),
    Screen("account", N_("My account"), ":material/manage_accounts:", _HOUSE, Permission.OWN_ACCOUNT, hidden=True),
)


def allowed(actor: Actor) -> tuple[Screen, ...]:
    """The screens that the actor may open."""
    return tuple(s for s in SCREENS if s.permission is None or allows(actor, s.permission))


def pages(screens: Iterable[Screen]) -> dict[str, list[st.Page]]:
    """Every screen as Streamlit's navigation wants it, by section, named in the person's language.

    Only ``screens`` are shown; the others have an address too, so that their gate can say why they stay shut.
    """
    made = _pages(SCREENS, frozenset(screens), get_language())
    # Streamlit marks the page of a run, so each run has pages of its own.
    return {section: [copy(page) for page in pages] for section, pages in made.items()}


@lru_cache(maxsize=64)
def _pages(all_screens: tuple[Screen, ...], shown: frozenset[Screen], _language: str) -> dict[str, list[st.Page]]:
    # Fifteen pages look at fifteen files, and that at every click.
    found: dict[str, list[st.Page]] = {}
    for screen in all_screens:
        page = st.Page(
            screen.file,
            title=_(screen.title),
            icon=screen.icon,
            url_path=None if screen.name == "home" else screen.name,
            default=screen.name == "home",
            visibility="hidden" if screen.hidden or screen not in shown else "visible",
        )
        found.setdefault(_(screen.section), []).append(page)
    return found


def go(name: str, **query: str | Sequence[str]) -> None:
    """Open a screen by its name; ``query`` becomes its address."""
    st.switch_page(PAGES / f"{name}.py", query_params=query)


def address(name: str, **query: str) -> str:
    """The address of a screen, for links."""
    return f"/{'' if name == 'home' else name}" + (f"?{urlencode(query)}" if query else "")


def link(name: str, label: str, *, icon: str | None = None, **query: str) -> None:
    """Draw a link to a screen."""
    st.page_link(PAGES / f"{name}.py", label=label, icon=icon, query_params=query)
