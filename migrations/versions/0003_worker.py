"""The worker's tables: procrastinate, inside ``desk``.

Its own SQL is taken from the pinned package. Every function gets its search path pinned, so that the
triggers find their tables whoever inserts a job, with whatever search path.
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PIN_SEARCH_PATH = """
DO $$
DECLARE
    routine regprocedure;
BEGIN
    FOR routine IN
        SELECT p.oid::regprocedure FROM pg_proc p
        WHERE p.pronamespace = 'desk'::regnamespace AND p.proname LIKE 'procrastinate%'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = desk, pg_temp', routine);
    END LOOP;
END
$$
"""


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql("SET LOCAL search_path = desk")
    # The driver reads "%" as a placeholder; the SQL has it in its messages.
    for script in (SchemaManager.get_schema(), PIN_SEARCH_PATH):
        connection.exec_driver_sql(script.replace("%", "%%"))
    connection.exec_driver_sql("SET LOCAL search_path TO DEFAULT")


def downgrade() -> None:
    raise RuntimeError("Queued work would be lost: drop the schema desk by hand if that is what you want.")
