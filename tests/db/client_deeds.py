"""Deeds on clients, for ``test_commands``: what each is done to, and what it leaves in the audit."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from lumira_db.clock import utcnow
from lumira_db.commands import (
    answers,
    bulk,
    client_access,
    client_identity,
    client_notes,
    erasing,
    merging,
    payments,
    products,
    reconciliation,
    ref_ids,
    saved_views,
)
from lumira_db.commands.client_notes import Typed
from lumira_db.contacts import Identity
from lumira_db.enums import OrderStatus, UserStatus
from lumira_db.models import Client, Finding, NoteVersion, Product, SavedView, row_version
from lumira_db.payments import understood
from lumira_db.products import ProductValues
from lumira_db.queries.bulk import BulkAct
from lumira_db.states import Intimate
from tests.factories import make_client, make_product
from tests.unit.test_permissions import LONG_AGO, TOLD

PAID = OrderStatus.PAID
IDENTITY = Identity("Zoé", "Martin", "zoe.martin@example.org", "+33612345678")
EVENT = {"id": "evt_1", "type": "refund.created", "created": 1_770_000_000, "data": {"object": {}}}

ELSEWHERE = {
    *("merge_clients", "unmerge_clients", "start_erasure", "start_undo"),
    *("choose_mails", "ask_for_digest"),
    *("request_refund", "approve_refund", "decline_refund", "withdraw_refund", "retry_refund"),
}
"""What leaves more than one kind of trace, or needs a whole house around it: tests/db/test_merging.py,
tests/integration/test_erasing.py, tests/db/test_bulk.py, tests/db/test_refunds.py,
tests/integration/test_staff_mails.py."""


def client(stage: Any) -> str:
    found: str = stage.order.client_id
    return found


def seen(stage: Any, kind: Any = Client, table: str = "User", row_id: Any = None) -> str:
    query = select(row_version(table)).select_from(kind).where(kind.id == (row_id or client(stage)))
    found: str = stage.session.execute(query).scalar_one()
    return found


def restored(stage: Any) -> Any:
    client_notes.save_notes(stage.session, stage.expert, client(stage), Typed("A", ""))
    client_notes.save_notes(stage.session, stage.expert, client(stage), Typed("B", "A"))
    first = stage.session.scalars(select(NoteVersion.id).order_by(NoteVersion.id)).first()
    stage.session.info.clear()
    return client_notes.restore_notes(stage.session, stage.expert, client(stage), first, base="B")


def view(stage: Any) -> tuple[UUID, str]:
    made = saved_views.save_view(stage.session, stage.expert, name="Mes fidèles", query="", shared=False)
    stage.session.flush()
    stage.session.info.clear()
    return made, seen(stage, SavedView, "saved_view", made)


def renamed(stage: Any) -> None:
    made, version = view(stage)
    saved_views.rename_view(stage.session, stage.expert, made, seen=version, name="Neuve", shared=False)


def updated(stage: Any) -> None:
    made, version = view(stage)
    saved_views.update_view(stage.session, stage.expert, made, seen=version, query="status=BANNED")


def deleted(stage: Any) -> None:
    made, version = view(stage)
    saved_views.delete_view(stage.session, stage.expert, made, seen=version)


def retried(stage: Any) -> None:
    payments.keep_failed_event(stage.session, understood(EVENT | {"type": "unknown.kind"}), "KeyError")
    payments.retry_event(stage.session, stage.boss, "evt_1")


def repriced(stage: Any) -> None:
    product = make_product(stage.session)
    dearer = ProductValues(product.name, "", 1200, "eur", (), "", True, False, None)
    version = seen(stage, Product, "Product", product.id)
    products.change_product(stage.session, stage.boss, product.id, dearer, seen=version)


def finding(stage: Any, state: str = "OPEN") -> int:
    now = utcnow()
    row = Finding(kind="UNMATCHED", object_id="ch_1", facts={}, happened_at=now, found_at=now, seen_at=now)
    row.seen_by, row.state = UUID(int=1), state
    stage.session.add(row)
    stage.session.flush()
    return row.id


CLIENT_DEEDS: dict[str, tuple[Any, OrderStatus, list[str], bool, bool]] = {
    "take_facts": (
        lambda s: answers.take_facts(s.session, s.boss, TOLD),
        PAID,
        ["payment.fetch"],
        False,
        True,
    ),
    "start_reconciliation": (
        lambda s: reconciliation.start_reconciliation(s.session, s.boss, since=LONG_AGO, until=utcnow()),
        PAID,
        ["task.start"],
        False,
        True,
    ),
    "explain_finding": (
        lambda s: reconciliation.explain_finding(s.session, s.boss, finding(s), "cadeau"),
        PAID,
        ["finding.explain"],
        True,
        True,
    ),
    "reopen_finding": (
        lambda s: reconciliation.reopen_finding(s.session, s.boss, finding(s, "EXPLAINED")),
        PAID,
        ["finding.reopen"],
        True,
        True,
    ),
    "solve_finding": (
        lambda s: reconciliation.solve_finding(s.session, s.boss, finding(s)),
        PAID,
        ["finding.solve"],
        True,
        True,
    ),
    "change_product": (repriced, PAID, ["product.edit"], True, True),
    "change_identity": (
        lambda s: client_identity.change_identity(s.session, s.boss, client(s), IDENTITY, seen=seen(s)),
        PAID,
        ["client.edit"],
        True,
        True,
    ),
    "change_tags": (
        lambda s: client_identity.change_tags(s.session, s.expert, client(s), add=["vip"]),
        PAID,
        ["client.tags"],
        True,
        True,
    ),
    "create_client": (
        lambda s: client_identity.create_client(s.session, s.boss, IDENTITY),
        PAID,
        ["client.create", "client.assign_ref_id"],
        False,
        True,
    ),
    "set_client_status": (
        lambda s: client_identity.set_client_status(
            s.session, s.boss, client(s), UserStatus.BANNED, seen=seen(s), reason="fraude"
        ),
        PAID,
        ["client.set_status"],
        True,
        True,
    ),
    "save_notes": (
        lambda s: client_notes.save_notes(s.session, s.expert, client(s), Typed("Rappeler", "")),
        PAID,
        ["client.notes"],
        True,
        True,
    ),
    "restore_notes": (restored, PAID, ["client.restore_notes"], True, True),
    "reveal": (
        lambda s: client_access.reveal(s.session, s.boss, client(s), Intimate.BIRTH, reason="un appel", now=utcnow()),
        PAID,
        ["client.reveal"],
        False,
        True,
    ),
    "assign_ref_id": (
        lambda s: ref_ids.assign_ref_id(s.session, s.boss, client(s)),
        PAID,
        ["client.assign_ref_id"],
        False,
        True,
    ),
    "backfill_ref_ids": (lambda s: ref_ids.backfill_ref_ids(s.session, s.boss), PAID, ["task.start"], False, True),
    "start_bulk": (
        lambda s: bulk.start_bulk(s.session, s.boss, BulkAct.ASSIGN_REF_IDS, query="", total=1),
        PAID,
        ["task.start"],
        False,
        True,
    ),
    "start_rename": (
        lambda s: bulk.start_rename(s.session, s.boss, ["a"], "b", total=1),
        PAID,
        ["task.start"],
        False,
        True,
    ),
    "record_hand_out": (
        lambda s: erasing.record_hand_out(s.session, s.boss, client(s), rows=1, files=0, complete=True),
        PAID,
        ["client.hand_out"],
        False,
        True,
    ),
    "rule_out_duplicate": (
        lambda s: merging.rule_out_duplicate(s.session, s.boss, client(s), make_client(s.session).id),
        PAID,
        ["client.not_same"],
        False,
        True,
    ),
    "save_view": (
        lambda s: saved_views.save_view(s.session, s.expert, name="Mes fidèles", query="", shared=False),
        PAID,
        ["view.save"],
        False,
        True,
    ),
    "update_view": (updated, PAID, ["view.update"], True, True),
    "rename_view": (renamed, PAID, ["view.rename"], True, True),
    "delete_view": (deleted, PAID, ["view.delete"], True, False),
    "retry_event": (retried, PAID, ["payment.retry_event"], True, True),
    # Looking, covering again, typing and choosing columns change nothing that anybody answers for in the audit; who
    # looked has a table of its own.
    "record_access": (
        lambda s: client_access.record_access(s.session, s.expert, client(s), now=utcnow()),
        PAID,
        [],
        False,
        False,
    ),
    "cover": (lambda s: client_access.cover(s.session, s.boss, client(s), now=utcnow()), PAID, [], False, False),
    "keep_note": (
        lambda s: client_notes.keep_note(s.session, s.expert, client(s), Typed("Rap", ""), sequence=1),
        PAID,
        [],
        False,
        False,
    ),
    "drop_note": (lambda s: client_notes.drop_note(s.session, s.expert, client(s)), PAID, [], False, False),
    "keep_columns": (lambda s: saved_views.keep_columns(s.session, s.expert, ("name",)), PAID, [], False, False),
}
