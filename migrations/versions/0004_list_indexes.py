"""Indexes for the lists, on contract tables: partial or expression ones, which ``prisma db push`` keeps.

The three of ``"Order"`` begin with what the list is sorted by and go on with everything it is filtered by: whatever
somebody filters a million orders by, and however few match, a page is found inside one index, and no row of the
table is read but those that are shown. (That they carry ``"paidAt"`` beside the expression of it is for PostgreSQL,
which otherwise does not see that the index alone has everything.)
"""

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
# A space before every word, the first one too: short texts are looked for at the beginning of words.
SEARCH = """
lower(((((((' '::text || COALESCE("refId", ''::text)) || ' '::text) || email) || ' '::text)
    || "firstName") || ' '::text) || "lastName")
"""
# The finer the statistics, the better PostgreSQL tells a rare name from a common one, which want different plans.
STATISTICS = "ALTER INDEX desk_user_search ALTER COLUMN 1 SET STATISTICS 1000"

# What was never paid sorts behind everything that was.
PAID = """COALESCE("paidAt", TIMESTAMP '1970-01-01')"""

HALF_MADE = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"

INDEXES = {
    # A free reading has no paidAt: it waits since it was ordered. A checkout that failed unpaid is no work.
    "desk_order_queue": """ON "Order" (status, COALESCE("paidAt", "createdAt"), id, level)
        WHERE status IN ('PROCESSING', 'AWAITING_VALIDATION')
           OR ("paidAt" IS NOT NULL AND status IN ('PAID', 'FAILED'))""",
    "desk_order_created": f"""ON "Order" ("createdAt", id, status, level, currency, amount, ({PAID}))
        INCLUDE ("paidAt")""",
    "desk_order_paid": f"""ON "Order" (({PAID}), id, status, level, currency, amount, "createdAt")
        INCLUDE ("paidAt")""",
    "desk_order_amount": f"""ON "Order" (amount, id, status, level, currency, "createdAt", ({PAID}))
        INCLUDE ("paidAt")""",
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, definition in INDEXES.items():
            create(name, definition)
        op.execute(TRIGRAMS)
        operators = op.get_bind().exec_driver_sql(OPERATORS).scalar_one()
        create("desk_user_search", f'ON "User" USING gin (({SEARCH}) {operators})')
        op.execute(STATISTICS)


def create(name: str, definition: str) -> None:
    """Create the index while the platform writes; what an interrupted try left is of no use and goes first."""
    if op.get_bind().exec_driver_sql(HALF_MADE, (name,)).first():
        op.execute(f"DROP INDEX CONCURRENTLY {name}")
    op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} {definition}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in (*INDEXES, "desk_user_search"):
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
