"""Editing a reading: the draft that journals what is typed, and the save that nobody's work is lost by."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete
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
from lumira_db.models import Draft, Order, VersionOrigin
from lumira_db.permissions import Permission, require
from lumira_db.reading import UnknownField, apply_edits, parse
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
    bases: Mapping[str, str],
    sequence: int,
) -> None:
    """Keep what the person has typed so far. Older keystrokes never replace newer ones (``sequence``).

    Needs no claim: a lease that ran out must not cost a word. No edits left removes the draft.
    """
    require(actor, Permission.WORK_ORDERS)
    if any(len(text) > MAXIMUM_FIELD for text in edits.values()):
        raise InvalidInput(problem=N_("One field is longer than a reading may be."))
    row = insert(Draft).values(
        order_id=order_id,
        staff_id=actor.id,
        edits={path: text.replace("\x00", "") for path, text in edits.items()},
        bases=dict(bases),
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
    current = {field.path: field.value for field in parse(order.generated_content).fields}
    edits = {path: text for path, text in draft.edits.items() if text != current.get(path)}
    if any(current.get(path) != draft.bases.get(path) for path in edits):
        raise StaleRecord(what=N_("The reading"))
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
