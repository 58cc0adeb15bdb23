"""Holding Stripe against the database: what was read there while a look lasts, and what the two disagree about."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE desk.stripe_mirror (
    task_id UUID NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    intent_id TEXT,
    source_id TEXT,
    amount BIGINT NOT NULL,
    refunded BIGINT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    order_id TEXT,
    of_product_order BOOLEAN NOT NULL,
    CONSTRAINT stripe_mirror_pkey PRIMARY KEY (task_id, kind, id)
)
""",
    """
CREATE TABLE desk.finding (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    object_id TEXT NOT NULL,
    intent_id TEXT,
    order_id TEXT,
    amount BIGINT,
    currency TEXT,
    facts JSONB NOT NULL,
    happened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_by UUID NOT NULL,
    state TEXT NOT NULL,
    note TEXT,
    settled_at TIMESTAMP WITH TIME ZONE,
    settled_by TEXT,
    settled_by_name TEXT,
    CONSTRAINT finding_pkey PRIMARY KEY (id),
    CONSTRAINT finding_kind_check CHECK (kind IN ('PAID_THERE_ONLY', 'PAID_HERE_ONLY', 'AMOUNT_DIFFERS',
        'REFUNDED_THERE_ONLY', 'UNMATCHED', 'PAID_TWICE', 'BALANCE_UNEXPLAINED')),
    CONSTRAINT finding_state_check CHECK (state IN ('OPEN', 'EXPLAINED', 'SOLVED'))
)
""",
    "CREATE UNIQUE INDEX finding_kind_object_id_idx ON desk.finding (kind, object_id)",
    "CREATE INDEX finding_listed_idx ON desk.finding (happened_at DESC, id DESC)",
    "CREATE INDEX finding_state_idx ON desk.finding (state, happened_at DESC, id DESC)",
    "CREATE INDEX finding_order_id_idx ON desk.finding (order_id)",
    "CREATE INDEX stripe_event_type_idx ON desk.stripe_event (type, received_at DESC, id DESC)",
    "CREATE INDEX stripe_event_payment_intent_id_idx ON desk.stripe_event (payment_intent_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP INDEX desk.stripe_event_payment_intent_id_idx")
    op.execute("DROP INDEX desk.stripe_event_type_idx")
    op.execute("DROP TABLE desk.finding")
    op.execute("DROP TABLE desk.stripe_mirror")
