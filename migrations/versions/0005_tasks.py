"""Long tasks that a person starts: their progress, their place, and their end."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE desk.task (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    arguments JSONB NOT NULL,
    place JSONB NOT NULL,
    result JSONB NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT,
    error TEXT,
    started_by TEXT NOT NULL,
    started_by_name TEXT NOT NULL,
    started_by_role TEXT,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT task_pkey PRIMARY KEY (id),
    CONSTRAINT task_state_check CHECK (state IN ('WAITING', 'RUNNING', 'STOPPING', 'STOPPED', 'DONE', 'FAILED'))
)
""",
    """
CREATE INDEX task_kind_subject_started_at_idx ON desk.task (kind, subject, started_at DESC)
""",
    """
CREATE UNIQUE INDEX task_one_at_a_time ON desk.task (kind, subject)
WHERE state IN ('WAITING', 'RUNNING', 'STOPPING')
""",
    """
CREATE INDEX task_open_idx ON desk.task (updated_at) WHERE state IN ('WAITING', 'RUNNING', 'STOPPING')
""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE desk.task")
