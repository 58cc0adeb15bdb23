"""Who a client is: created, changed, suspended; tags added and removed."""

from collections.abc import Collection

from sqlalchemy import func, literal_column, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lumira_db import audit
from lumira_db.actor import Actor
from lumira_db.commands.client_summaries import refresh_clients
from lumira_db.commands.locking import MINIMUM_REASON, lock_client
from lumira_db.commands.ref_ids import give_ref_id
from lumira_db.contacts import Identity, checked_email, checked_phone
from lumira_db.enums import UserStatus
from lumira_db.errors import ClientEmailTaken, InvalidInput, ReasonRequired
from lumira_db.i18n_marker import N_
from lumira_db.models import Client
from lumira_db.permissions import Permission, require

MAXIMUM_NAME = 120
MAXIMUM_SOURCE = 80
MAXIMUM_TAG = 60
MAXIMUM_TAGS = 100


def create_client(session: Session, actor: Actor, identity: Identity) -> str:
    """Create a client with a refId and return their id.

    Raises ``NotPermitted``, ``InvalidInput``, ``ClientEmailTaken``.
    """
    require(actor, Permission.EDIT_CLIENTS)
    values = _checked(identity)
    values["phone"] = checked_phone(identity.phone)
    _refuse_taken(session, values["email"] or "", None)
    client = Client(**values, tags=[])
    session.add(client)
    _flush(session, client)
    audit.record(session, actor, "client.create", "client", client.id, after=values)
    give_ref_id(session, actor, client)
    refresh_clients(session, [client.id])
    return client.id


def change_identity(session: Session, actor: Actor, client_id: str, identity: Identity, *, seen: str) -> None:
    """Change name, address, phone and source. A phone that stays as it was is not judged.

    Raises ``StaleRecord``, ``RecordNotFound``, ``InvalidInput``, ``ClientEmailTaken``.
    """
    require(actor, Permission.EDIT_CLIENTS)
    after = _checked(identity)
    client = lock_client(session, client_id, seen)
    kept = identity.phone.strip() == (client.phone or "")
    after["phone"] = client.phone if kept else checked_phone(identity.phone)
    before = {name: getattr(client, name) for name in after}
    changed = {name: value for name, value in after.items() if value != before[name]}
    if not changed:
        return
    if "email" in changed:
        _refuse_taken(session, after["email"] or "", client_id)
    for name, value in changed.items():
        setattr(client, name, value)
    _flush(session, client)
    refresh_clients(session, [client_id])
    was = {name: before[name] for name in changed}
    audit.record(session, actor, "client.edit", "client", client_id, before=was, after=changed)


def set_client_status(
    session: Session, actor: Actor, client_id: str, status: UserStatus, *, seen: str, reason: str
) -> None:
    """Suspend, ban or readmit a client. Nothing is sent to a client who is not active: the worker and the
    approval look at this status.

    Raises ``ReasonRequired``, ``StaleRecord``, ``RecordNotFound``, ``InvalidInput`` when they are so already.
    """
    require(actor, Permission.EDIT_CLIENTS)
    said = reason.strip()
    if len(said) < MINIMUM_REASON:
        raise ReasonRequired(minimum=MINIMUM_REASON)
    client = lock_client(session, client_id, seen)
    before = client.status
    if before is status:
        raise InvalidInput(problem=N_("The client has this status already."))
    client.status = status
    refresh_clients(session, [client_id])
    audit.record(
        session,
        actor,
        "client.set_status",
        "client",
        client_id,
        before={"status": before},
        after={"status": status},
        reason=said,
    )


def change_tags(
    session: Session, actor: Actor, client_id: str, *, add: Collection[str] = (), remove: Collection[str] = ()
) -> tuple[str, ...]:
    """Add and remove tags and return those that the client has then. Others' changes meanwhile stay: only what is
    named here moves. Raises ``RecordNotFound``, ``InvalidInput``."""
    require(actor, Permission.KEEP_NOTES)
    wanted = [checked_tag(tag) for tag in add]
    client = lock_client(session, client_id, None)
    before = list(client.tags or ())
    after = [tag for tag in before if tag not in remove]
    after += [tag for tag in dict.fromkeys(wanted) if tag not in after]
    if len(after) > max(MAXIMUM_TAGS, len(before)):
        raise InvalidInput(problem=N_("A client has at most 100 tags."))
    if after != before:
        client.tags = after
        refresh_clients(session, [client_id])
        audit.record(session, actor, "client.tags", "client", client_id, before={"tags": before}, after={"tags": after})
    return tuple(after)


def checked_tag(text: str) -> str:
    """A tag as it is kept: one line, single spaces. Raises ``InvalidInput``."""
    tag = " ".join(text.split())
    if not tag or len(tag) > MAXIMUM_TAG or not tag.isprintable():
        raise InvalidInput(problem=N_("A tag has between 1 and 60 characters."))
    return tag


def _checked(identity: Identity) -> dict[str, str | None]:
    first, last = (" ".join(name.split()) for name in (identity.first_name, identity.last_name))
    if not first and not last:
        raise InvalidInput(problem=N_("A client needs a name."))
    if max(len(first), len(last)) > MAXIMUM_NAME or not (first + last).isprintable():
        raise InvalidInput(problem=N_("A name has between 1 and 120 characters."))
    source = " ".join(identity.source.split())[:MAXIMUM_SOURCE]
    return {
        "first_name": first,
        "last_name": last,
        "email": checked_email(identity.email),
        "source": source or None,
    }


def _refuse_taken(session: Session, email: str, own_id: str | None) -> None:
    """The contract's key tells upper case from lower; people do not. Written as the index of the search is."""
    query = select(Client).where(func.lower(func.left(Client.email, literal_column("300"))) == email)
    if own_id is not None:
        query = query.where(Client.id != own_id)
    other = session.scalars(query.limit(1)).first()
    if other is not None:
        name = f"{other.first_name} {other.last_name}".strip()
        shown = " · ".join(part for part in (name, other.ref_id) if part) or other.email
        raise ClientEmailTaken(email=email, client=shown, id=other.id)


def _flush(session: Session, client: Client) -> None:
    email = client.email
    try:
        session.flush()
    except IntegrityError as taken:
        # Somebody, or the platform, gave this address to another client in the same moment.
        raise ClientEmailTaken(email=email, client=email, id="") from taken
