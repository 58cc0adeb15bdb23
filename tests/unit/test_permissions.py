"""Who may do what: one table, held by every command and every screen."""

import ast
import inspect
import pkgutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest

import lumira_db.commands
from dashboard.navigation import SCREENS, Screen, allowed
from lumira_db.actor import SYSTEM, Actor, Role
from lumira_db.clock import utcnow
from lumira_db.commands import (
    answers,
    bulk,
    claims,
    client_access,
    client_identity,
    client_notes,
    decisions,
    deliveries,
    editing,
    erasing,
    exports,
    merging,
    payments,
    production,
    products,
    reconciliation,
    ref_ids,
    refunds,
    saved_views,
    staff,
    staff_mails,
    tasks,
)
from lumira_db.contacts import Identity
from lumira_db.enums import DeliveryFormat, OrderStatus, UserStatus
from lumira_db.errors import NotPermitted
from lumira_db.payment_facts import IntentFacts, PaymentFacts
from lumira_db.periods import Period
from lumira_db.permissions import GRANTS, LABELS, Permission, allows
from lumira_db.products import ProductValues
from lumira_db.queries.bulk import BulkAct
from lumira_db.states import Cadence, Intimate, RefundReason, TaskKind
from tests.factories import actor

P = Permission

# ADMIN everything; EXPERT works the queue and sees clients; SUPPORT sees clients and orders and looks after the
# clients' data, sees what is intimate only for a stated reason, decides nothing and sees no revenue.
TABLE = """
                    ADMIN  EXPERT  SUPPORT
see_queue             x      x       -
work_orders           x      x       -
decide                x      x       -
send_deliveries       x      x       -
see_orders            x      x       x
see_readings          x      x       -
export_orders         x      x       -
see_clients           x      x       x
see_intimate          x      x       -
reveal_intimate       x      -       x
keep_notes            x      x       x
edit_clients          x      -       x
export_clients        x      -       x
manage_clients        x      -       -
see_access            x      -       -
erase_clients         x      -       -
see_deliveries        x      x       x
see_revenue           x      -       -
see_paths             x      -       -
see_operations        x      x       -
manage_payments       x      -       -
manage_products       x      -       -
refund                x      -       -
manage_staff          x      -       -
see_audit             x      -       -
own_account           x      x       x
"""


def cells() -> dict[tuple[Permission, Role], bool]:
    head, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return {
        (Permission(name), Role(role)): mark == "x"
        for name, *marks in rows
        for role, mark in zip(head, marks, strict=True)
    }


CELLS = cells()


@pytest.mark.parametrize(("permission", "role"), [(permission, role) for permission in P for role in Role])
def test_a_role_may_exactly_what_the_table_says(permission: Permission, role: Role) -> None:
    """Cell by cell; a new permission or role has no cell and fails."""
    assert allows(actor(role), permission) is CELLS[permission, role]


def test_the_system_may_do_what_it_is_coded_to_do() -> None:
    """The worker and the hooks act without a role."""
    assert all(allows(SYSTEM, permission) for permission in P)


def test_every_permission_is_granted_to_somebody_and_named() -> None:
    """What nobody may do is no permission; a refusal says what was refused."""
    assert set().union(*GRANTS.values()) == set(P) == set(LABELS)


class Untouched:
    """A session that must not be used: a refusal comes before the first look at the database."""

    def __getattr__(self, name: str) -> Any:
        raise Reached


class Reached(Exception):
    """The command went past the question whether the actor may."""


Call = Callable[[Any, Actor], Any]
LEASE = timedelta(minutes=5)
NOBODY = UUID(int=0)
DECISION: dict[str, Any] = {"seen": "1"}
APPROVAL = DECISION | {"channel": DeliveryFormat.EMAIL, "undo_seconds": 10, "sender_domain": "lumira.example"}
EXPORT: dict[str, Any] = {"form": "csv", "chosen": {}, "rows": 0, "complete": True}
ADDED: dict[str, Any] = {"email": "a@lumira.test", "name": "A", "role": Role.EXPERT, "password_hash": "!"}

IDENTITY = Identity("Anne", "Martin", "anne@lumira.test")
PRODUCT = ProductValues("Initié", "", 900, "eur", (), "", True, False, None)
TYPED = client_notes.Typed("Rappeler", "")
WANTED = refunds.Wanted(NOBODY, "pi_1", "", 100, 100, RefundReason.OTHER, "geste")

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
A_DAY = Period(LONG_AGO.date(), LONG_AGO.date())
TOLD = PaymentFacts(
    IntentFacts("pi_1", "canceled", 900, 0, "eur", LONG_AGO, False, None, None, None, None),
    (),
    (),
    (),
)

COMMANDS: dict[str, tuple[Permission, Call]] = {
    "claims.take_next": (
        P.WORK_ORDERS,
        lambda s, a: claims.take_next(s, a, status=OrderStatus.PAID, lease=LEASE),
    ),
    "claims.take_order": (P.WORK_ORDERS, lambda s, a: claims.take_order(s, a, "o", lease=LEASE)),
    "claims.take_over": (P.WORK_ORDERS, lambda s, a: claims.take_over(s, a, "o", reason="absent", lease=LEASE)),
    "editing.journal_draft": (
        P.WORK_ORDERS,
        lambda s, a: editing.journal_draft(s, a, "o", seen="1", edits={}, sequence=1),
    ),
    "editing.resolve_draft": (
        P.WORK_ORDERS,
        lambda s, a: editing.resolve_draft(s, a, "o", seen="1", mine=(), theirs=()),
    ),
    "editing.save_reading": (P.WORK_ORDERS, lambda s, a: editing.save_reading(s, a, "o", seen="1", edits={})),
    "production.start_production": (P.WORK_ORDERS, lambda s, a: production.start_production(s, a, "o", seen="1")),
    "production.retry_production": (P.WORK_ORDERS, lambda s, a: production.retry_production(s, a, "o", seen="1")),
    "decisions.approve_order": (P.DECIDE, lambda s, a: decisions.approve_order(s, a, "o", **APPROVAL)),
    "decisions.request_revision": (
        P.DECIDE,
        lambda s, a: decisions.request_revision(s, a, "o", **DECISION, instructions="plus court"),
    ),
    "decisions.reject_order": (P.DECIDE, lambda s, a: decisions.reject_order(s, a, "o", **DECISION, reason="non")),
    "decisions.reopen_order": (P.DECIDE, lambda s, a: decisions.reopen_order(s, a, "o", **DECISION, reason="non")),
    "deliveries.retry_delivery": (P.SEND_DELIVERIES, lambda s, a: deliveries.retry_delivery(s, a, NOBODY)),
    "deliveries.confirm_whatsapp": (P.SEND_DELIVERIES, lambda s, a: deliveries.confirm_whatsapp(s, a, NOBODY)),
    "exports.record_export(orders)": (
        P.EXPORT_ORDERS,
        lambda s, a: exports.record_export(s, a, "orders", **EXPORT),
    ),
    "exports.record_export(clients)": (
        P.EXPORT_CLIENTS,
        lambda s, a: exports.record_export(s, a, "clients", **EXPORT),
    ),
    "exports.record_export(audit)": (P.SEE_AUDIT, lambda s, a: exports.record_export(s, a, "audit", **EXPORT)),
    "tasks.start_task(tags)": (P.EDIT_CLIENTS, lambda s, a: tasks.start_task(s, a, TaskKind.TAG_CLIENTS)),
    "tasks.start_task(erase)": (P.ERASE_CLIENTS, lambda s, a: tasks.start_task(s, a, TaskKind.ERASE_CLIENT)),
    "client_access.cover": (P.REVEAL_INTIMATE, lambda s, a: client_access.cover(s, a, "c", now=utcnow())),
    "client_access.record_access": (P.SEE_CLIENTS, lambda s, a: client_access.record_access(s, a, "c", now=utcnow())),
    "client_access.reveal": (
        P.REVEAL_INTIMATE,
        lambda s, a: client_access.reveal(s, a, "c", Intimate.BIRTH, reason="asked", now=utcnow()),
    ),
    "client_identity.change_identity": (
        P.EDIT_CLIENTS,
        lambda s, a: client_identity.change_identity(s, a, "c", IDENTITY, seen="1"),
    ),
    "client_identity.change_tags": (P.KEEP_NOTES, lambda s, a: client_identity.change_tags(s, a, "c", add=["vip"])),
    "client_identity.create_client": (P.EDIT_CLIENTS, lambda s, a: client_identity.create_client(s, a, IDENTITY)),
    "client_identity.set_client_status": (
        P.EDIT_CLIENTS,
        lambda s, a: client_identity.set_client_status(s, a, "c", UserStatus.BANNED, seen="1", reason="fraud"),
    ),
    "client_notes.drop_note": (P.KEEP_NOTES, lambda s, a: client_notes.drop_note(s, a, "c")),
    "client_notes.keep_note": (P.KEEP_NOTES, lambda s, a: client_notes.keep_note(s, a, "c", TYPED, sequence=1)),
    "client_notes.restore_notes": (P.KEEP_NOTES, lambda s, a: client_notes.restore_notes(s, a, "c", 1, base="")),
    "client_notes.save_notes": (P.KEEP_NOTES, lambda s, a: client_notes.save_notes(s, a, "c", TYPED)),
    "bulk.start_bulk": (
        P.EDIT_CLIENTS,
        lambda s, a: bulk.start_bulk(s, a, BulkAct.ASSIGN_REF_IDS, query="", total=1),
    ),
    "bulk.start_rename": (P.MANAGE_CLIENTS, lambda s, a: bulk.start_rename(s, a, ["a"], "b", total=1)),
    "bulk.start_undo": (P.EDIT_CLIENTS, lambda s, a: bulk.start_undo(s, a, NOBODY)),
    "saved_views.save_view": (
        P.SEE_CLIENTS,
        lambda s, a: saved_views.save_view(s, a, name="Mine", query="", shared=False),
    ),
    "saved_views.keep_columns": (P.SEE_CLIENTS, lambda s, a: saved_views.keep_columns(s, a, ("name",))),
    "saved_views.update_view": (P.SEE_CLIENTS, lambda s, a: saved_views.update_view(s, a, NOBODY, seen="1", query="")),
    "saved_views.rename_view": (
        P.SEE_CLIENTS,
        lambda s, a: saved_views.rename_view(s, a, NOBODY, seen="1", name="Mine", shared=True),
    ),
    "saved_views.delete_view": (P.SEE_CLIENTS, lambda s, a: saved_views.delete_view(s, a, NOBODY, seen="1")),
    "ref_ids.assign_ref_id": (P.EDIT_CLIENTS, lambda s, a: ref_ids.assign_ref_id(s, a, "c")),
    "ref_ids.backfill_ref_ids": (P.MANAGE_CLIENTS, lambda s, a: ref_ids.backfill_ref_ids(s, a)),
    "answers.take_facts": (P.MANAGE_PAYMENTS, lambda s, a: answers.take_facts(s, a, TOLD)),
    "reconciliation.start_reconciliation": (
        P.MANAGE_PAYMENTS,
        lambda s, a: reconciliation.start_reconciliation(s, a, since=LONG_AGO, until=LONG_AGO + LEASE),
    ),
    "reconciliation.explain_finding": (
        P.MANAGE_PAYMENTS,
        lambda s, a: reconciliation.explain_finding(s, a, 1, "a gift"),
    ),
    "reconciliation.reopen_finding": (P.MANAGE_PAYMENTS, lambda s, a: reconciliation.reopen_finding(s, a, 1)),
    "reconciliation.solve_finding": (P.MANAGE_PAYMENTS, lambda s, a: reconciliation.solve_finding(s, a, 1)),
    "payments.retry_event": (P.MANAGE_PAYMENTS, lambda s, a: payments.retry_event(s, a, "evt_1")),
    "products.change_product": (
        P.MANAGE_PRODUCTS,
        lambda s, a: products.change_product(s, a, "initie", PRODUCT, seen="1"),
    ),
    "refunds.request_refund": (
        P.REFUND,
        lambda s, a: refunds.request_refund(s, a, "o", WANTED, limit=10_000),
    ),
    "refunds.approve_refund": (P.REFUND, lambda s, a: refunds.approve_refund(s, a, NOBODY)),
    "refunds.decline_refund": (P.REFUND, lambda s, a: refunds.decline_refund(s, a, NOBODY, reason="trop")),
    "refunds.withdraw_refund": (P.REFUND, lambda s, a: refunds.withdraw_refund(s, a, NOBODY)),
    "refunds.retry_refund": (P.REFUND, lambda s, a: refunds.retry_refund(s, a, NOBODY)),
    "erasing.start_erasure": (
        P.ERASE_CLIENTS,
        lambda s, a: erasing.start_erasure(s, a, "c", seen="1", confirmation="LUM-C-26-0001"),
    ),
    "merging.merge_clients": (
        P.MANAGE_CLIENTS,
        lambda s, a: merging.merge_clients(s, a, "a", "b", seen=("1", "1"), choices={}),
    ),
    "merging.unmerge_clients": (P.MANAGE_CLIENTS, lambda s, a: merging.unmerge_clients(s, a, 1)),
    "merging.rule_out_duplicate": (P.MANAGE_CLIENTS, lambda s, a: merging.rule_out_duplicate(s, a, "a", "b")),
    "erasing.record_hand_out": (
        P.ERASE_CLIENTS,
        lambda s, a: erasing.record_hand_out(s, a, "c", rows=0, files=0, complete=True),
    ),
    "staff_mails.choose_mails": (
        P.SEE_OPERATIONS,
        lambda s, a: staff_mails.choose_mails(s, a, cadence=Cadence.DAILY, alerts=False),
    ),
    "staff_mails.ask_for_digest": (
        P.SEE_OPERATIONS,
        lambda s, a: staff_mails.ask_for_digest(
            s, a, Cadence.DAILY, Period(LONG_AGO.date(), LONG_AGO.date()), LONG_AGO
        ),
    ),
    "staff.add_staff": (P.MANAGE_STAFF, lambda s, a: staff.add_staff(s, a, **ADDED)),
    "staff.set_role": (P.MANAGE_STAFF, lambda s, a: staff.set_role(s, a, "x", Role.EXPERT)),
    "staff.disable_staff": (P.MANAGE_STAFF, lambda s, a: staff.disable_staff(s, a, "x")),
    "staff.enable_staff": (P.MANAGE_STAFF, lambda s, a: staff.enable_staff(s, a, "x")),
    "staff.reset_password": (P.MANAGE_STAFF, lambda s, a: staff.reset_password(s, a, "x", password_hash="!")),
    "staff.change_own_name": (P.OWN_ACCOUNT, lambda s, a: staff.change_own_name(s, a, "Anne")),
    "staff.change_own_password": (P.OWN_ACCOUNT, lambda s, a: staff.change_own_password(s, a, password_hash="!")),
    "staff.choose_own_language": (P.OWN_ACCOUNT, lambda s, a: staff.choose_own_language(s, a, "fr")),
}

# Steps of the commands above, and acts on nothing but what is the actor's own: they have no gate of their own.
WITHOUT_GATE = {
    *("claims.renew_claim", "claims.release_claim", "claims.require_claim"),
    *("editing.discard_draft", "editing.settle_draft", "editing.write_edits"),
    *("deliveries.hold_deliveries", "deliveries.release_deliveries"),
    *("deliveries.plan_delivery", "deliveries.cancel_waiting_deliveries", "deliveries.mark_sent"),
    *("production.request_generation", "production.fail_production"),
    "sessions.end_session",
    # A step of the task that start_erasure begins.
    "erasing.record_erasure",
    "ref_ids.give_ref_id",
    # They learn from the task what it takes: tests/db/test_tasks.py.
    *("tasks.stop_task", "tasks.resume_task"),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_asks_the_table_before_it_looks_at_anything(name: str, role: Role) -> None:
    """A role without the permission is refused by name; one that has it gets past the gate."""
    permission, call = COMMANDS[name]
    person = actor(role)
    if CELLS[permission, role]:
        with pytest.raises(Reached):
            call(Untouched(), person)
    else:
        with pytest.raises(NotPermitted) as refused:
            call(Untouched(), person)
        assert refused.value.facts == {"role": role, "permission": LABELS[permission]}


def test_every_command_of_a_person_is_in_this_table() -> None:
    """A new command has to say who may."""
    found = set()
    for module in pkgutil.iter_modules(lumira_db.commands.__path__):
        loaded = import_module(f"lumira_db.commands.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = function.__module__ == loaded.__name__ and not name.startswith("_")
            if own and "actor" in inspect.signature(function).parameters:
                found.add(f"{module.name}.{name}")
    assert found == {name.partition("(")[0] for name in COMMANDS} | WITHOUT_GATE


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_screen_is_offered_exactly_to_those_who_may(screen: Screen, role: Role) -> None:
    """The navigation reads the same table."""
    may = screen.permission is None or CELLS[screen.permission, role]
    assert (screen in allowed(actor(role))) is may


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_a_page_stands_behind_the_gate_that_the_navigation_names(screen: Screen) -> None:
    """Hiding a page is not closing it: the file itself asks, first thing, for the same permission."""
    first = next(node for node in ast.parse(screen.file.read_text("utf-8")).body if "gate.enter" in ast.unparse(node))
    wanted = f"gate.enter({'Permission.' + screen.permission.name if screen.permission else ''})"
    assert ast.unparse(first).removeprefix("person = ") == wanted


def test_every_page_is_a_screen() -> None:
    """No file in pages/ can be opened by an address that no table knows."""
    files = {path.stem for path in SCREENS[0].file.parent.glob("*.py")} - {"__init__"}
    assert files == {screen.name for screen in SCREENS}


def test_a_key_opens_one_screen_and_is_no_other_shortcuts() -> None:
    """Of two screens with one key the second would win without a word; N, J and K are of the lists, R and C
    Streamlit's."""
    keys = [screen.shortcut for screen in SCREENS if screen.shortcut]
    assert [key for key in keys if keys.count(key) > 1] == []
    assert set(keys) & {"n", "j", "k", "r", "c"} == set()
