"""Refunds as intentions that are carried out once, the mails about them, and Stripe's last word about a payment."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE desk.refund_request (
    id UUID NOT NULL,
    order_id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    whole BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    state TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_by_name TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_by TEXT,
    decided_by_name TEXT,
    decided_at TIMESTAMP WITH TIME ZONE,
    decision_note TEXT,
    refund_id TEXT,
    problem TEXT,
    attempts INTEGER NOT NULL,
    first_sent_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    settled_at TIMESTAMP WITH TIME ZONE,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT refund_request_pkey PRIMARY KEY (id),
    CONSTRAINT refund_request_idempotency_key_key UNIQUE (idempotency_key),
    CONSTRAINT refund_request_amount_check CHECK (amount > 0),
    CONSTRAINT refund_request_state_check CHECK (state IN ('WAITING_APPROVAL', 'COMMITTED', 'SENT', 'UNKNOWN',
        'PENDING', 'SUCCEEDED', 'REFUSED', 'FAILED', 'DECLINED', 'WITHDRAWN'))
)
""",
    """
CREATE UNIQUE INDEX refund_request_open_idx ON desk.refund_request (intent_id)
WHERE state IN ('WAITING_APPROVAL', 'COMMITTED', 'SENT', 'UNKNOWN')
""",
    "CREATE INDEX refund_request_order_id_idx ON desk.refund_request (order_id, asked_at)",
    "CREATE INDEX refund_request_due_idx ON desk.refund_request (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX refund_request_asked_at_idx ON desk.refund_request (asked_at DESC, id DESC)",
    """
CREATE TABLE desk.refund_notice (
    request_id UUID NOT NULL,
    order_id TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    last_error TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT refund_notice_pkey PRIMARY KEY (request_id),
    CONSTRAINT refund_notice_state_check CHECK (state IN ('WAITING', 'SENDING', 'SENT', 'FAILED'))
)
""",
    "CREATE INDEX refund_notice_order_id_idx ON desk.refund_notice (order_id)",
    "CREATE INDEX refund_notice_due_idx ON desk.refund_notice (due_at) WHERE due_at IS NOT NULL",
    """
CREATE TABLE desk.payment_word (
    intent_id TEXT NOT NULL,
    order_id TEXT,
    facts JSONB,
    said_at TIMESTAMP WITH TIME ZONE,
    problem TEXT,
    tried_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT payment_word_pkey PRIMARY KEY (intent_id)
)
""",
    "CREATE INDEX payment_word_order_id_idx ON desk.payment_word (order_id)",
)
TABLES = ("payment_word", "refund_notice", "refund_request")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE desk.{table}")
