"""The schema ``desk``: everything that is ours (DOMAIN: no foreign key leaves it)."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE desk.audit (
    id BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor_id TEXT NOT NULL,
    actor_name TEXT NOT NULL,
    actor_role TEXT,
    action TEXT NOT NULL,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    before JSONB,
    after JSONB,
    reason TEXT,
    erased_at TIMESTAMP WITH TIME ZONE,
    digest TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT audit_pkey PRIMARY KEY (id)
)
""",
    """
CREATE INDEX audit_action_idx ON desk.audit (action, id DESC)
""",
    """
CREATE INDEX audit_actor_id_idx ON desk.audit (actor_id, id DESC)
""",
    """
CREATE INDEX audit_at_idx ON desk.audit (at)
""",
    """
CREATE INDEX audit_subject_id_idx ON desk.audit (subject_id, id DESC)
""",
    """
CREATE TABLE desk.claim (
    order_id TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT claim_pkey PRIMARY KEY (order_id)
)
""",
    """
CREATE INDEX claim_staff_id_idx ON desk.claim (staff_id)
""",
    """
CREATE TABLE desk.delivery (
    id UUID NOT NULL,
    order_id TEXT NOT NULL,
    reading_version_id BIGINT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER NOT NULL,
    last_error TEXT,
    pdf_key TEXT NOT NULL,
    pdf_stored_at TIMESTAMP WITH TIME ZONE,
    message_id TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    approved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT delivery_pkey PRIMARY KEY (id),
    CONSTRAINT delivery_reading_version_id_channel_key UNIQUE (reading_version_id, channel),
    CONSTRAINT delivery_channel_check CHECK (channel IN ('EMAIL', 'WHATSAPP')),
    CONSTRAINT delivery_state_check CHECK (state IN ('WAITING', 'SENDING', 'CONFIRMING', 'SENT', 'FAILED', 'BLOCKED', 'CANCELLED'))
)
""",
    """
CREATE INDEX delivery_created_idx ON desk.delivery (created_at DESC, id DESC)
""",
    """
CREATE INDEX delivery_due_idx ON desk.delivery (due_at) WHERE state IN ('WAITING', 'SENDING')
""",
    """
CREATE INDEX delivery_order_id_idx ON desk.delivery (order_id)
""",
    """
CREATE INDEX delivery_state_created_idx ON desk.delivery (state, created_at DESC, id DESC)
""",
    """
CREATE TABLE desk.draft (
    order_id TEXT NOT NULL,
    staff_id TEXT NOT NULL,
    edits JSONB NOT NULL,
    bases JSONB NOT NULL,
    base_version TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT draft_pkey PRIMARY KEY (order_id, staff_id)
)
""",
    """
CREATE TABLE desk.generation (
    id UUID NOT NULL,
    order_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    instructions TEXT,
    requested_by TEXT NOT NULL,
    requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    attempts INTEGER NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    error TEXT,
    CONSTRAINT generation_pkey PRIMARY KEY (id),
    CONSTRAINT generation_state_check CHECK (state IN ('REQUESTED', 'ACCEPTED', 'DONE', 'FAILED'))
)
""",
    """
CREATE INDEX generation_open_idx ON desk.generation (requested_at) WHERE state IN ('REQUESTED', 'ACCEPTED')
""",
    """
CREATE INDEX generation_order_id_idx ON desk.generation (order_id, requested_at DESC)
""",
    """
CREATE TABLE desk.reading_version (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    order_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    origin TEXT NOT NULL,
    content JSONB,
    digest TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    note TEXT,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT reading_version_pkey PRIMARY KEY (id),
    CONSTRAINT reading_version_order_id_number_key UNIQUE (order_id, number),
    CONSTRAINT reading_version_origin_check CHECK (origin IN ('FOUND', 'GENERATED', 'EDITED', 'APPROVED', 'REJECTED'))
)
""",
    """
CREATE TABLE desk.session (
    id UUID NOT NULL,
    token_hash BYTEA NOT NULL,
    staff_id TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    address TEXT,
    agent TEXT,
    CONSTRAINT session_pkey PRIMARY KEY (id)
)
""",
    """
CREATE INDEX session_staff_id_live_idx ON desk.session (staff_id) WHERE ended_at IS NULL
""",
    """
CREATE UNIQUE INDEX session_token_hash_idx ON desk.session (token_hash)
""",
    """
CREATE TABLE desk.sign_in_attempt (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    account_hash BYTEA NOT NULL,
    address TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    succeeded BOOLEAN NOT NULL,
    CONSTRAINT sign_in_attempt_pkey PRIMARY KEY (id)
)
""",
    """
CREATE INDEX sign_in_attempt_account_hash_at_idx ON desk.sign_in_attempt (account_hash, at)
""",
    """
CREATE INDEX sign_in_attempt_address_at_idx ON desk.sign_in_attempt (address, at)
""",
    """
CREATE TABLE desk.staff_account (
    staff_id TEXT NOT NULL,
    role TEXT,
    language TEXT,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT staff_account_pkey PRIMARY KEY (staff_id),
    CONSTRAINT staff_account_role_check CHECK (role IN ('SUPPORT'))
)
""",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for statement in reversed(STATEMENTS):
        if statement.strip().startswith("CREATE TABLE"):
            op.execute(f"DROP TABLE {statement.split()[2]}")
