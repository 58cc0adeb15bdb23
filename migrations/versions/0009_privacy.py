"""Requests under the GDPR, and clients who may be one person.

Two people of one name, one phone or one mailbox lie side by side in an index: duplicates are found by walking it.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE IF NOT EXISTS desk.erasure (
    id UUID NOT NULL,
    client_id TEXT NOT NULL,
    task_id UUID NOT NULL,
    erased_by TEXT NOT NULL,
    erased_by_name TEXT NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE NOT NULL,
    receipt TEXT NOT NULL,
    CONSTRAINT erasure_pkey PRIMARY KEY (id)
)
""",
    """
CREATE INDEX IF NOT EXISTS erasure_client_id_idx ON desk.erasure (client_id, erased_at DESC)
""",
    """
CREATE INDEX IF NOT EXISTS erasure_erased_at_idx ON desk.erasure (erased_at)
""",
    """
CREATE TABLE IF NOT EXISTS desk.not_same_client (
    first_id TEXT NOT NULL,
    second_id TEXT NOT NULL,
    said_by TEXT NOT NULL,
    said_by_name TEXT NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT not_same_client_pkey PRIMARY KEY (first_id, second_id),
    CONSTRAINT not_same_client_order_check CHECK (first_id < second_id)
)
""",
    """
CREATE INDEX IF NOT EXISTS not_same_client_second_id_idx ON desk.not_same_client (second_id)
""",
)
TABLES = ("not_same_client", "erasure")

INDEXES = {
    "desk_user_same_phone": """ON "User" (desk.phone(phone), id) WHERE phone IS NOT NULL""",
    "desk_user_same_name": """ON "User" (desk.fold("lastName" || ' ' || "firstName"), id)""",
}
HALF_MADE = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    with op.get_context().autocommit_block():
        for name, definition in INDEXES.items():
            create(name, definition)


def create(name: str, definition: str) -> None:
    """Create the index while the platform writes; what an interrupted try left is of no use and goes first."""
    if op.get_bind().exec_driver_sql(HALF_MADE, (name,)).first():
        op.execute(f"DROP INDEX CONCURRENTLY {name}")
    op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} {definition}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    for name in TABLES:
        op.execute(f"DROP TABLE desk.{name}")
