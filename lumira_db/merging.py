"""What merging two clients moves, and what it may choose; read by the preview, the merge and its undo."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lumira_db.personal import TABLES, Table


class Side(StrEnum):
    """Which of the two clients something is taken from."""

    KEPT = "kept"
    DROPPED = "dropped"
    BOTH = "both"


FIELDS = (
    "firstName",
    "lastName",
    "email",
    "phone",
    "refId",
    "dateOfBirth",
    "stripeCustomerId",
    "status",
    "source",
    "notes",
    "tags",
)
"""The columns of a client that a merge chooses; the id, and since when they are a client, are the kept one's."""
JOINABLE = frozenset({"notes", "tags"})
"""What can be kept of both."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A table whose rows belong to a client. ``alone`` are the columns of which a client has each value once: of
    two such rows one goes. ``key`` names a row; ``children`` go with a row that goes."""

    table: Table
    key: str = "id"
    alone: tuple[str, ...] | None = None
    label: str = "t.id"
    children: tuple[tuple[str, str], ...] = ()


_RULES: Mapping[str, Owned] = {
    owned.table.name: owned
    for owned in (
        Owned(table, alone=alone, key=key, label=label, children=children)
        for name, key, alone, label, children in (
            ("public.Order", "id", None, 't."orderNumber"', ()),
            ("public.UserProfile", "id", (), """concat_ws(' · ', t."birthDate", t."birthPlace")""", ()),
            ("public.SpiritualPath", "id", (), "t.archetype", (("public.PathStep", "spiritualPathId"),)),
            ("public.AkashicRecord", "id", (), "COALESCE(t.archetype, t.id)", ()),
            ("public.Insight", "id", ("category",), "t.category::text", ()),
            ("public.ChatSession", "id", None, "COALESCE(t.title, t.id)", ()),
            ("public.ProductOrder", "id", None, 't."productId"', ()),
            ("desk.note_version", "id", None, "to_char(t.created_at, 'YYYY-MM-DD HH24:MI')", ()),
            ("desk.note_draft", "staff_id", ("staff_id",), "to_char(t.updated_at, 'YYYY-MM-DD HH24:MI')", ()),
            ("desk.client_access", "id", None, "t.staff_name", ()),
            ("desk.client_reveal", "id", None, "t.field", ()),
            ("desk.bulk_change", "task_id", ("task_id",), "t.task_id::text", ()),
        )
        for table in TABLES
        if table.name == name
    )
}
OWNED: tuple[Owned, ...] = tuple(_RULES[table.name] for table in TABLES if table.owner)
"""Every table that ``lumira_db.personal`` says has an owner; one without a rule fails here."""
