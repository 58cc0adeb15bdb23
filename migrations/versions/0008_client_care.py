"""Looking after clients: the history of their notes, who looked at whom, what was revealed; clients without refId."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE IF NOT EXISTS desk.note_version (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    client_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    origin TEXT NOT NULL,
    content TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    editor TEXT,
    restored_from INTEGER,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT note_version_pkey PRIMARY KEY (id),
    CONSTRAINT note_version_client_id_number_key UNIQUE (client_id, number),
    CONSTRAINT note_version_origin_check CHECK (origin IN ('FOUND', 'WRITTEN', 'RESTORED'))
)
""",
    """
CREATE TABLE IF NOT EXISTS desk.note_draft (
    client_id TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    content TEXT NOT NULL,
    base TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT note_draft_pkey PRIMARY KEY (client_id, staff_id)
)
""",
    """
CREATE TABLE IF NOT EXISTS desk.client_access (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    client_id TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    staff_name TEXT NOT NULL,
    first_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE NOT NULL,
    looks INTEGER NOT NULL,
    CONSTRAINT client_access_pkey PRIMARY KEY (id)
)
""",
    """
CREATE INDEX IF NOT EXISTS client_access_client_id_idx ON desk.client_access (client_id, last_at DESC)
""",
    """
CREATE INDEX IF NOT EXISTS client_access_staff_id_idx ON desk.client_access (staff_id, last_at DESC)
""",
    """
CREATE TABLE IF NOT EXISTS desk.client_reveal (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    client_id TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    field TEXT NOT NULL,
    reason TEXT NOT NULL,
    revealed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT client_reveal_pkey PRIMARY KEY (id)
)
""",
    """
CREATE INDEX IF NOT EXISTS client_reveal_client_id_staff_id_idx
    ON desk.client_reveal (client_id, staff_id, expires_at DESC)
""",
)
TABLES = ("client_reveal", "client_access", "note_draft", "note_version")

# The clients whom the platform gave no refId, in the order in which they get one.
WITHOUT_REF_ID = "desk_user_without_ref_id"
HALF_MADE = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    with op.get_context().autocommit_block():
        if op.get_bind().exec_driver_sql(HALF_MADE, (WITHOUT_REF_ID,)).first():
            op.execute(f"DROP INDEX CONCURRENTLY {WITHOUT_REF_ID}")
        op.execute(
            f'CREATE INDEX CONCURRENTLY IF NOT EXISTS {WITHOUT_REF_ID} ON "User" ("createdAt", id) '
            'WHERE "refId" IS NULL'
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {WITHOUT_REF_ID}")
    for table in TABLES:
        op.execute(f"DROP TABLE desk.{table}")
