"""Indexes for the lists, on contract tables: partial or expression ones, which ``prisma db push`` keeps."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Trigrams make a part of a name findable. The extension may already be installed, in whatever schema.
TRIGRAMS = "CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA desk"
OPERATORS = """
SELECT format('%%I.gin_trgm_ops', n.nspname)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm'
"""
SEARCH = """
lower(((((((COALESCE("refId", ''::text) || ' '::text) || email) || ' '::text)
    || "firstName") || ' '::text) || "lastName"))
"""

INDEXES = {
    # A free reading has no paidAt: it waits since it was ordered.
    "desk_order_queue": """ON "Order" (status, COALESCE("paidAt", "createdAt"), id)
        WHERE status IN ('PAID', 'PROCESSING', 'AWAITING_VALIDATION', 'FAILED')""",
    "desk_order_paid": """ON "Order" (COALESCE("paidAt", TIMESTAMP '1970-01-01') DESC, id DESC)""",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, definition in INDEXES.items():
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} {definition}")
        op.execute(TRIGRAMS)
        operators = op.get_bind().exec_driver_sql(OPERATORS).scalar_one()
        op.execute(
            f'CREATE INDEX CONCURRENTLY IF NOT EXISTS desk_user_search ON "User" USING gin (({SEARCH}) {operators})'
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in (*INDEXES, "desk_user_search"):
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
