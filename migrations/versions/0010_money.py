"""What Stripe says: its events, and the payments, attempts, refunds and disputes that follow from them."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE desk.stripe_event (
    id TEXT NOT NULL,
    type TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    live BOOLEAN NOT NULL,
    facts JSONB NOT NULL,
    state TEXT NOT NULL,
    order_id TEXT,
    payment_intent_id TEXT,
    error TEXT,
    attempts INTEGER NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT stripe_event_pkey PRIMARY KEY (id),
    CONSTRAINT stripe_event_state_check CHECK (state IN ('APPLIED', 'IGNORED', 'UNMATCHED', 'FAILED'))
)
""",
    "CREATE INDEX stripe_event_listed_idx ON desk.stripe_event (received_at DESC, id DESC)",
    "CREATE INDEX stripe_event_state_idx ON desk.stripe_event (state, received_at DESC, id DESC)",
    "CREATE INDEX stripe_event_due_idx ON desk.stripe_event (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX stripe_event_order_id_idx ON desk.stripe_event (order_id)",
    """
CREATE TABLE desk.payment (
    intent_id TEXT NOT NULL,
    order_id TEXT,
    charge_id TEXT,
    amount BIGINT,
    currency TEXT,
    succeeded_at TIMESTAMP WITH TIME ZONE,
    charged_at TIMESTAMP WITH TIME ZONE,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    fully_refunded_at TIMESTAMP WITH TIME ZONE,
    written_paid_at TIMESTAMP WITH TIME ZONE,
    refunded_from TEXT,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT payment_pkey PRIMARY KEY (intent_id)
)
""",
    "CREATE INDEX payment_order_id_idx ON desk.payment (order_id)",
    "CREATE INDEX payment_charge_id_idx ON desk.payment (charge_id)",
    """
CREATE TABLE desk.payment_attempt (
    id TEXT NOT NULL,
    intent_id TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    code TEXT,
    decline_code TEXT,
    message TEXT,
    CONSTRAINT payment_attempt_pkey PRIMARY KEY (id)
)
""",
    "CREATE INDEX payment_attempt_intent_id_idx ON desk.payment_attempt (intent_id)",
    """
CREATE TABLE desk.refund (
    id TEXT NOT NULL,
    intent_id TEXT,
    charge_id TEXT,
    order_id TEXT,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT,
    status TEXT NOT NULL,
    succeeded_at TIMESTAMP WITH TIME ZONE,
    failure_reason TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT refund_pkey PRIMARY KEY (id)
)
""",
    "CREATE INDEX refund_intent_id_idx ON desk.refund (intent_id)",
    "CREATE INDEX refund_order_id_idx ON desk.refund (order_id)",
    "CREATE INDEX refund_created_at_idx ON desk.refund (created_at DESC, id DESC)",
    """
CREATE TABLE desk.dispute (
    id TEXT NOT NULL,
    intent_id TEXT,
    charge_id TEXT,
    order_id TEXT,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    reason TEXT,
    status TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    said_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT dispute_pkey PRIMARY KEY (id)
)
""",
    "CREATE INDEX dispute_intent_id_idx ON desk.dispute (intent_id)",
    "CREATE INDEX dispute_order_id_idx ON desk.dispute (order_id)",
)
TABLES = ("stripe_event", "payment", "payment_attempt", "refund", "dispute")


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TABLE desk.{table}")
