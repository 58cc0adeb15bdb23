"""Indexes for the lists, on contract tables: partial or expression ones, which ``prisma db push`` keeps."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = {
    # A free reading has no paidAt: it waits since it was ordered.
    "desk_order_queue": """ON "Order" (status, COALESCE("paidAt", "createdAt"), id)
        WHERE status IN ('PAID', 'PROCESSING', 'AWAITING_VALIDATION', 'FAILED')""",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, definition in INDEXES.items():
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} {definition}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
