"""What a client bought beside readings is found by who bought it; the contract has no index for that.

Whatever the platform writes must go in, so nothing longer than a page of a B-tree takes reaches one.
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

INDEXES = {
    "desk_productorder_customer": 'ON "ProductOrder" (left("customerId", 300)) WHERE "customerId" IS NOT NULL',
    "desk_productorder_guest": 'ON "ProductOrder" (lower(left("customerEmail", 300))) WHERE "customerId" IS NULL',
}
HALF_MADE = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, definition in INDEXES.items():
            if op.get_bind().exec_driver_sql(HALF_MADE, (name,)).first():
                op.execute(f"DROP INDEX CONCURRENTLY {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} {definition}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
