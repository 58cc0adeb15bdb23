"""The parts of the order screen, each given what it shows and what it may do."""

import streamlit as st

from dashboard import payment_screen, photos, previews, reads, workbench
from dashboard.claims import holding, keep_alive, lease
from dashboard.here import here
from dashboard.locale import _
from dashboard.readings import understood
from dashboard.views import cells, decision, history, order_head, shell
from dashboard.views import dossier as dossier_view
from dashboard.views import reading as reading_view
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.enums import OrderStatus
from lumira_db.permissions import Permission, allows
from lumira_db.queries.workbench import Workbench
from lumira_db.reading import changed_fields
from lumira_db.states import DeliveryState

# Three signs of life within one lease: a single lost one must not cost the claim.
_BEATS = 3
_WATCH_SECONDS = 2


def head(bench: Workbench, person: Actor) -> None:
    """Which order, for whom, in what state, and who holds it."""
    since = bench.paid_at or bench.created_at
    order_head.head(bench, cells.due_of(since, bench.level, reads.promise()))
    if not allows(person, Permission.WORK_ORDERS):
        return
    order_head.hold(
        bench,
        staff_id=person.id,
        take=workbench.take,
        release=workbench.release,
        take_over=workbench.take_over,
    )
    if _held(bench, person):
        holding(bench.id)
        _heartbeat(bench)
    if _moves_by_itself(bench):
        _watch(bench)


def dossier(bench: Workbench, person: Actor) -> None:
    """The client's own words and photos, for those who may see them."""
    if not allows(person, Permission.SEE_INTIMATE):
        st.info(_("The client's confidences and photos are not shown to your role."), icon=":material/visibility_off:")
        return
    earlier = [row for row in reads.client_orders(bench.client.id) if row.id != bench.id]
    dossier_view.dossier(bench, photos.of_order(bench), earlier)


def reading(bench: Workbench, person: Actor) -> None:
    """The reading, its PDF, its history, or its payment: one at a time, the others cost nothing."""
    parts = {"text": _("Reading"), "pdf": _("PDF"), "history": _("History"), "payment": _("Payment")}
    if not allows(person, Permission.SEE_READINGS):
        parts.pop("text"), parts.pop("pdf")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        asked = st.query_params.get("part", "")
        part = st.segmented_control(
            _("Part"),
            list(parts),
            default=asked if asked in parts else next(iter(parts)),
            format_func=parts.__getitem__,
            required=True,
            key=f"order.part.{bench.id}",
            label_visibility="collapsed",
        )
        history.production(bench)
    if part == "text":
        _text(bench, person)
    elif part == "pdf":
        _pdf(bench)
    elif part == "payment":
        payment_screen.of_order(bench, person)
    else:
        _history(bench, person)


def decision_bar(bench: Workbench, person: Actor) -> None:
    """The moves that the status allows, for those who decide."""
    if not allows(person, Permission.DECIDE):
        return
    decision.bar(
        bench,
        held=_held(bench, person),
        reason_key=workbench.REASON,
        channel_key=workbench.CHANNEL,
        approve=workbench.approve,
        request_revision=workbench.request_revision,
        reject=workbench.reject,
        reopen=workbench.reopen,
        start=workbench.start_production,
        take_next=workbench.take_next,
    )


def _text(bench: Workbench, person: Actor) -> None:
    """The reading, apart from the rest of the screen: an autosave draws nothing else again."""

    drawn = False

    @st.fragment
    def text() -> None:
        nonlocal drawn
        here()
        fresh = reads.order(bench.id, person.id) if drawn else bench
        drawn = True
        if fresh is None or fresh.version != bench.version:
            # A save, or somebody else, moved the order: the decision at the foot must see it too.
            st.rerun()
        _reading(fresh, person)

    text()


def _reading(bench: Workbench, person: Actor) -> None:
    found, remarks = understood(bench)
    checks = remarks if bench.status is OrderStatus.AWAITING_VALIDATION else ()
    reading_view.conflicts(bench, found, workbench.resolve)
    reading_view.summary(found, checks)
    reading_view.editor(
        bench,
        found,
        checks,
        key=workbench.editor_key(bench.id),
        staff_id=person.id,
        editable=_held(bench, person) and bench.status is OrderStatus.AWAITING_VALIDATION,
        on_draft=lambda edit: workbench.journal(bench.id, edit),
        on_save=lambda edit: workbench.save(bench.id, edit),
    )


def _pdf(bench: Workbench) -> None:
    address = previews.address(bench)
    if address is None:
        st.info(_("There is no text to print yet."), icon=":material/picture_as_pdf:")
        return
    if bench.status is not OrderStatus.COMPLETED:
        st.caption(_("A preview of the saved text. The client receives what is approved, to the letter."))
    st.pdf(address, height=900, alt=_("The reading as a PDF"))


def _history(bench: Workbench, person: Actor) -> None:
    history.deliveries(
        bench.deliveries,
        may_send=allows(person, Permission.SEND_DELIVERIES),
        link_of=lambda row: workbench.whatsapp(row.id),
        retry=workbench.retry_deliveries,
        confirm=workbench.confirm_whatsapp,
    )
    if allows(person, Permission.SEE_READINGS):
        history.versions(bench, lambda version: changed_fields(reads.version_content(version), bench.content))


def _held(bench: Workbench, person: Actor) -> bool:
    return bench.hold is not None and bench.hold.staff_id == person.id


def _moves_by_itself(bench: Workbench) -> bool:
    """The generator or the worker is at it: the screen will follow."""
    on_its_way = {DeliveryState.WAITING, DeliveryState.SENDING}
    return bench.status is OrderStatus.PROCESSING or any(row.state in on_its_way for row in bench.deliveries)


def _watch(bench: Workbench) -> None:
    seen = reads.order_pulse(bench.id)

    @st.fragment(run_every=_WATCH_SECONDS)
    def watch() -> None:
        if reads.order_pulse(bench.id) != seen:
            st.rerun()

    watch()


def _heartbeat(bench: Workbench) -> None:
    """Renew the claim in good time: what was just renewed is left alone, so that a click costs no write."""
    every = lease() / _BEATS
    fresh = bench.hold is not None and bench.hold.until - utcnow() > lease() - every / 2

    @st.fragment(run_every=every)
    def beat() -> None:
        nonlocal fresh
        if not fresh and not keep_alive(bench.id):
            shell.claim_lost()
        fresh = False

    beat()
