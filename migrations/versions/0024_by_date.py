"""What the figures read of a period is found by its date: of insights, conversations, approvals and failures each
figure read all there ever were.

An index of the platform's tables is partial, or it would drop it (docs/adr/0002).
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

INDEXES = {
    "public.desk_insight_created": """ON "Insight" ("createdAt") INCLUDE (category, "viewedAt", "userId")
        WHERE "createdAt" IS NOT NULL""",
    "public.desk_chat_created": """ON "ChatSession" ("createdAt") INCLUDE ("userId") WHERE "createdAt" IS NOT NULL""",
    "desk.reading_version_approved_idx": "ON desk.reading_version (created_at) WHERE origin = 'APPROVED'",
    "desk.generation_failed_idx": "ON desk.generation (answered_at) WHERE state = 'FAILED'",
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
    op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name.partition('.')[2]} {definition}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
