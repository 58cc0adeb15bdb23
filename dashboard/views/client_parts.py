"""The parts of a client's page about what they bought and told: orders, payments, deliveries, profile, photos."""

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.components.photo_strip import Photo, photo_strip
from dashboard.components.table import Column, EmptyState, Link, Mono, Row, Text, table
from dashboard.locale import _, ngettext, number
from dashboard.navigation import address, go
from dashboard.views import cells
from dashboard.views.clients import orders
from dashboard.views.facts import Group, facts, spelled_day
from lumira_db.discretion import LABELS
from lumira_db.enums import SubscriptionStatus
from lumira_db.i18n_marker import N_
from lumira_db.queries.client_page import Account, Payment, Sending
from lumira_db.queries.clients import ProfileFacts
from lumira_db.queries.orders import OrderRow
from lumira_db.states import Intimate

Reveal = Callable[[Intimate], None]

_BIRTH = (("birth_date", N_("Date")), ("birth_time", N_("Time")), ("birth_place", N_("Place")))
_QUESTION = (("specific_question", N_("Question")), ("objective", N_("Objective")))
_CONTEXT = (
    ("highs", N_("Highs")),
    ("lows", N_("Lows")),
    ("fears", N_("Fears")),
    ("ailments", N_("Ailments")),
    ("rituals", N_("Rituals")),
)
_STRENGTHS = (
    ("strong_side", N_("Strong side")),
    ("weak_side", N_("Weak side")),
    ("strong_zone", N_("Strong zone")),
    ("weak_zone", N_("Weak zone")),
)
_PREFERENCES = (("delivery_style", N_("Preferred style")), ("pace", N_("Pace")))
_SUBSCRIPTION = {
    SubscriptionStatus.ACTIVE: N_("Active"),
    SubscriptionStatus.INACTIVE: N_("None"),
    SubscriptionStatus.TRIAL: N_("On trial"),
}
_OF_CONTEXT = (Intimate.LOWS, Intimate.FEARS, Intimate.AILMENTS)


def purchases(rows: tuple[OrderRow, ...], payments: Sequence[Payment], sendings: Sequence[Sending]) -> None:
    """Orders, what was paid for them, and what was sent."""
    orders(rows)
    if payments:
        st.subheader(_("Payments"), anchor=False)
        _payments(payments)
    if sendings:
        st.subheader(_("Deliveries"), anchor=False)
        _sendings(sendings)


def profile(
    told: ProfileFacts | None, photos: Sequence[Photo], hidden_photos: int, shown: frozenset[Intimate], reveal: Reveal
) -> None:
    """What the client told, by subject; what is covered says so and can be asked for."""
    if told is None:
        st.info(_("The client has not filled in a profile."), icon=":material/person_off:")
    else:
        when = cells.ago_text(told.submitted_at) if told.submitted_at else ""
        done = _("Profile complete") if told.profile_completed else _("Profile begun, not complete")
        st.caption(" · ".join(part for part in (done, when) if part))
    left, right = st.columns(2, gap="large")
    with left:
        if told is not None:
            facts([_group(_("Question"), told, _QUESTION)])
            facts([_group(_("Birth"), told, _BIRTH)])
            _covered([Intimate.BIRTH] if _has(told, _BIRTH) else [], shown, reveal)
        _photos(photos, hidden_photos, shown, reveal)
    with right:
        if told is not None:
            facts([_group(_("Life"), told, _CONTEXT)])
            given = [field for field in _OF_CONTEXT if getattr(told, field.lower())]
            _covered(given, shown, reveal)
            facts([_group(_("Strengths"), told, _STRENGTHS), _group(_("Preferences"), told, _PREFERENCES)])


def account(known: Account, shown: frozenset[Intimate], reveal: Reveal | None) -> None:
    """What the platform keeps about the client's account; ``reveal`` where nothing above offers it for the birth."""
    facts(
        [
            Group(
                _("Account"),
                [
                    (_("Subscription"), _(_SUBSCRIPTION[known.subscription])),
                    (_("Date of birth"), spelled_day(known.born or "")),
                    (_("Stripe customer"), known.stripe_customer or ""),
                ],
            )
        ]
    )
    if reveal is not None and known.born:
        _covered([Intimate.BIRTH], shown, reveal)


def covered(field: Intimate, text: str, reveal: Reveal) -> None:
    """In place of a part that is not shown: what it is, and the way to ask for it."""
    st.info(text, icon=":material/visibility_off:")
    _covered([field], frozenset(), reveal)


def uncovered(shown: frozenset[Intimate], cover: Callable[[], None]) -> None:
    """What is shown to the person for the moment, and the way to cover it again."""
    names = ", ".join(_(LABELS[field]) for field in Intimate if field in shown)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(":material/visibility: " + _("Shown to you for a few minutes: {what}").format(what=names))
        st.button(_("Cover again"), key="client.cover", type="tertiary", on_click=cover)


def _photos(photos: Sequence[Photo], hidden: int, shown: frozenset[Intimate], reveal: Reveal) -> None:
    if Intimate.PHOTOS in shown:
        if photos:
            photo_strip(photos, key="client.photos")
        else:
            st.caption(":material/no_photography: " + _("No photo yet."))
    elif hidden:
        text = ngettext("{count} photo, not shown", "{count} photos, not shown", hidden)
        st.caption(":material/visibility_off: " + text.format(count=number(hidden)))
        _covered([Intimate.PHOTOS], shown, reveal)


def _covered(fields: Sequence[Intimate], shown: frozenset[Intimate], reveal: Reveal) -> None:
    hidden = [field for field in fields if field not in shown]
    if not hidden:
        return
    with st.container(horizontal=True):
        for field in hidden:
            label = _("Show: {what}").format(what=_(LABELS[field]).lower())
            if st.button(label, key=f"client.reveal.{field}", icon=":material/visibility:", type="tertiary"):
                reveal(field)


def _group(title: str, told: ProfileFacts, names: Sequence[tuple[str, str]]) -> Group:
    return Group(title, [(_(name), _word(told, key)) for key, name in names])


def _has(told: ProfileFacts, names: Sequence[tuple[str, str]]) -> bool:
    return any(_word(told, key) for key, _name in names)


def _word(told: ProfileFacts, key: str) -> str:
    value = getattr(told, key)
    written = "" if value is None else str(value).strip()
    return spelled_day(written) if key == "birth_date" else written


def _payments(rows: Sequence[Payment]) -> None:
    columns = [
        Column("number", _("Order"), "mono", width=11.5),
        Column("amount", _("Amount"), "money", width=6),
        Column("paid", _("Paid"), "time", width=9.5),
        Column("status", _("Status"), "badge", width=8.5),
        Column("intent", _("Payment"), "mono", priority=2),
    ]
    table(
        [
            Row(
                row.order_id,
                [
                    Link(row.order_number, mono=True),
                    cells.amount(row.amount, row.currency),
                    cells.moment(row.paid_at),
                    cells.badge(row.status),
                    Mono(row.intent or row.checkout or "") if row.intent or row.checkout else Text("–"),
                ],
                href=address("order", id=row.order_id),
                muted=row.paid_at is None,
            )
            for row in rows
        ],
        columns,
        key="client.payments",
        label=_("The client's payments"),
        empty=EmptyState(_("No payment yet"), icon="coins"),
        on_open=lambda order_id: go("order", id=order_id),
        keyboard=False,
    )


def _sendings(rows: Sequence[Sending]) -> None:
    columns = [
        Column("number", _("Order"), "mono", width=11),
        Column("state", _("State"), "badge", width=9.5),
        Column("channel", _("Channel"), "badge", width=8, priority=2),
        Column("recipient", _("Recipient"), "text"),
        Column("moment", _("Sent or due"), "time", width=10),
    ]
    table(
        [
            Row(
                row.id,
                [
                    Link(row.order_number, mono=True),
                    cells.badge(row.state),
                    cells.badge(row.channel),
                    Text(row.recipient, sub=cells.reasons(row.error)),
                    cells.moment(row.at),
                ],
                href=address("order", id=row.order_id),
            )
            for row in rows
        ],
        columns,
        key="client.deliveries",
        label=_("The client's deliveries"),
        empty=EmptyState(_("No delivery here"), icon="send"),
        on_open=lambda row_id: go("order", id=next(row.order_id for row in rows if row.id == row_id)),
        keyboard=False,
    )
