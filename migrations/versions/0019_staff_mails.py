"""Mails to staff: who wants the digest, each mail's intention, and the limits that were passed."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE desk.mail_choice (
    staff_id TEXT NOT NULL,
    cadence TEXT,
    alerts BOOLEAN NOT NULL,
    chosen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT mail_choice_pkey PRIMARY KEY (staff_id),
    CONSTRAINT mail_choice_cadence_check CHECK (cadence IN ('DAILY', 'WEEKLY'))
)
""",
    """
CREATE TABLE desk.staff_mail (
    id UUID NOT NULL,
    staff_id TEXT NOT NULL,
    about TEXT NOT NULL,
    cadence TEXT,
    first DATE,
    last DATE,
    alert_id BIGINT,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    last_error TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT staff_mail_pkey PRIMARY KEY (id),
    CONSTRAINT staff_mail_state_check CHECK (state IN ('WAITING', 'SENDING', 'SENT', 'FAILED', 'DROPPED')),
    CONSTRAINT staff_mail_cadence_check CHECK (cadence IN ('DAILY', 'WEEKLY'))
)
""",
    "CREATE UNIQUE INDEX staff_mail_once_idx ON desk.staff_mail (staff_id, about)",
    "CREATE INDEX staff_mail_due_idx ON desk.staff_mail (due_at) WHERE due_at IS NOT NULL",
    """
CREATE TABLE desk.alert (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    bound DOUBLE PRECISION NOT NULL,
    first DATE NOT NULL,
    last DATE NOT NULL,
    raised_at TIMESTAMP WITH TIME ZONE NOT NULL,
    measured_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recovered_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT alert_pkey PRIMARY KEY (id),
    CONSTRAINT alert_kind_check CHECK (kind IN ('LATE_BACKLOG', 'CONVERSION', 'REFUNDS'))
)
""",
    "CREATE UNIQUE INDEX alert_open_idx ON desk.alert (kind) WHERE recovered_at IS NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE desk.alert")
    op.execute("DROP TABLE desk.staff_mail")
    op.execute("DROP TABLE desk.mail_choice")
