"""How many clients paid in another currency than the main one: PostgreSQL counts them.

It took every client for one of them, and read all instead of the index that has only those.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE STATISTICS desk.client_summary_other_currency ON (paid - 'eur') FROM desk.client_summary")
    op.execute("ANALYZE desk.client_summary")


def downgrade() -> None:
    op.execute("DROP STATISTICS desk.client_summary_other_currency")
