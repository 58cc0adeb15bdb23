"""Editing a reading: the draft that journals what is typed, and the save that nobody's work is lost by."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.clock import iso_ms, utcnow
from lumira_db.commands.claims import require_claim
from lumira_db.commands.locking import lock_order
from lumira_db.enums import OrderStatus
from lumira_db.errors import ContentMissing, ForbiddenTransition, InvalidInput, StaleRecord
from lumira_db.i18n_marker import N_
from lumira_db.models import Draft, Order, VersionOrigin, row_version
from lumira_db.permissions import Permission, require
from lumira_db.reading import UnknownField, apply_edits, normalise, parse
from lumira_db.versions import keep_version, keep_what_is_found

MAXIMUM_FIELD = 200_000


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did: the paths that changed (none: nothing was written) and the version's number."""

    changed: tuple[str, ...]
    number: int | None


def journal_draft(
    session: Session,
    actor: Actor,
    order_id: str,
    *,
    seen: str,
    edits: Mapping[str, str],
    sequence: int,
) -> None:
    """Keep what the person has typed so far. Older keystrokes never replace newer ones (``sequence``).

    Needs no claim: a lease that ran out must not cost a word. Each edit keeps the text it was first typed
    over; when that is not known (the order moved before the first keystroke arrived) the base is None,
    which no text equals, so that a save will ask.
    """
    require(actor, Permission.WORK_ORDERS)
    if any(len(text) > MAXIMUM_FIELD for text in edits.values()):
        raise InvalidInput(problem=N_("One field is longer than a reading may be."))
    bases = _bases(session, actor, order_id, seen, edits)
    row = insert(Draft).values(
        order_id=order_id,
        staff_id=actor.id,
        edits={path: normalise(text) for path, text in edits.items()},
        bases=bases,
        base_version=seen,
        sequence=sequence,
        updated_at=utcnow(),
    )
    columns = ("edits", "bases", "base_version", "sequence", "updated_at")
    session.execute(
        row.on_conflict_do_update(
            index_elements=[Draft.order_id, Draft.staff_id],
            set_={name: row.excluded[name] for name in columns},
            where=Draft.sequence <= row.excluded.sequence,
        )
    )


def resolve_draft(
    session: Session, actor: Actor, order_id: str, *, seen: str, mine: Collection[str], theirs: Collection[str]
) -> None:
    """Settle the fields that somebody else changed meanwhile: keep ``mine`` over the present text, or let
    ``theirs`` stand. Raises ``StaleRecord`` when the order moved again."""
    require(actor, Permission.WORK_ORDERS)
    order = lock_order(session, order_id, seen)
    draft = session.get(Draft, (order_id, actor.id), with_for_update=True, populate_existing=True)
    if draft is None:
        return
    current = _texts(order.generated_content)
    draft.edits = {path: text for path, text in draft.edits.items() if path not in theirs}
    draft.bases = {path: current.get(path) if path in mine else draft.bases.get(path) for path in draft.edits}
    draft.sequence = max(draft.sequence + 1, int(utcnow().timestamp() * 1000))


def discard_draft(session: Session, actor: Actor, order_id: str) -> None:
    """Forget what the person typed and did not save."""
    session.execute(delete(Draft).where(Draft.order_id == order_id, Draft.staff_id == actor.id))


def save_reading(session: Session, actor: Actor, order_id: str, *, seen: str, edits: Mapping[str, str]) -> Saved:
    """Write the edited fields into the reading and keep the result as a version.

    Raises ``StaleRecord`` when the order moved since it was shown (the draft stays), ``ClaimMissing``,
    ``ForbiddenTransition`` when the order is not being validated, ``ContentMissing``.
    """
    require(actor, Permission.WORK_ORDERS)
    order = lock_order(session, order_id, seen)
    require_claim(session, actor, order_id)
    return write_edits(session, actor, order, edits)


def settle_draft(session: Session, actor: Actor, order: Order) -> Saved:
    """Write the actor's unsaved draft into the locked order: a decision is made on what was typed.

    Raises ``StaleRecord`` when one of the drafted fields was changed by somebody else meanwhile.
    """
    draft = session.get(Draft, (order.id, actor.id), populate_existing=True)
    if draft is None:
        return Saved((), None)
    current = _texts(order.generated_content)
    edits = {path: text for path, text in draft.edits.items() if text != current.get(path)}
    if any(current.get(path) != draft.bases.get(path) for path in edits):
        raise StaleRecord(what=N_("The reading"))
    if not edits:
        discard_draft(session, actor, order.id)
        return Saved((), None)
    return write_edits(session, actor, order, edits)


def write_edits(session: Session, actor: Actor, order: Order, edits: Mapping[str, str]) -> Saved:
    """Apply ``edits`` to the locked order and keep before and after as versions."""
    if order.status is not OrderStatus.AWAITING_VALIDATION:
        raise ForbiddenTransition(source=order.status, target=OrderStatus.AWAITING_VALIDATION)
    before = order.generated_content
    if before is None:
        raise ContentMissing
    try:
        after = apply_edits(before, edits)
    except UnknownField as unknown:
        raise StaleRecord(what=N_("The reading")) from unknown
    discard_draft(session, actor, order.id)
    if after == before:
        return Saved((), None)
    keep_what_is_found(session, order.id, before)
    if isinstance(after, dict):
        after = {**after, "lastRefinedAt": iso_ms(utcnow()), "refinedBy": actor.id}
    order.generated_content = after
    version = keep_version(session, order.id, after, VersionOrigin.EDITED, actor)
    changed = tuple(sorted(edits))
    audit.record(
        session,
        actor,
        "reading.save",
        "order",
        order.id,
        after={"version": version.number, "fields": list(changed), "digest": version.digest},
    )
    return Saved(changed, version.number)


def _texts(content: Any) -> dict[str, str]:
    return {field.path: field.value for field in parse(content).fields}


def _bases(session: Session, actor: Actor, order_id: str, seen: str, edits: Mapping[str, str]) -> dict[str, str | None]:
    row = session.execute(select(Order.generated_content, row_version("Order")).where(Order.id == order_id)).first()
    current = _texts(row[0]) if row is not None and row[1] == seen else {}
    before = session.get(Draft, (order_id, actor.id), populate_existing=True)
    known = before.bases if before else {}
    return {path: known[path] if path in known else current.get(path) for path in edits}
