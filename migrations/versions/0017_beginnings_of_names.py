"""The beginning of a name, as somebody types it, is found where it stands in the order of names.

Words that begin so are tens of thousands for three common letters, and an index of words reads them all before it gives
one. In the order of first and last names, and of last and first ones, a page of them is read and no more.
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

INDEXES = {
    "desk_user_last_first": """ON "User" (desk.fold("lastName" || ' ' || "firstName") text_pattern_ops)""",
    "desk_user_first_last": """ON "User" (desk.fold("firstName" || ' ' || "lastName") text_pattern_ops)""",
}
HALF_MADE = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


def upgrade() -> None:
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
