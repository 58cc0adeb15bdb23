"""Who is quoted: words that nobody else is called by, of every audit entry and every notice of a payment, as an index.

Before a person's data is handed out or erased, whatever names them is looked for, and reading all that was ever written
took half a minute after a million entries. ``desk.quoted`` keeps of a text only what could be a part of an address, a
number or an id: runs of five letters and digits with a digit in them, what stands before an @, and four short runs in a
row with a digit. Whatever names somebody has these too, so the index leaves few texts, which are read as before.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# A text that is very long is kept as 0, and read by whoever looks for anybody.
QUOTED = r"""
CREATE OR REPLACE FUNCTION desk.quoted(value text) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    written text;
BEGIN
    IF value IS NULL THEN
        RETURN '{}';
    ELSIF length(value) > 20000 THEN
        RETURN '{0}';
    END IF;
    written := lower(value);
    RETURN ARRAY(
        SELECT DISTINCT ('x' || left(md5(word), 8))::bit(32)::integer FROM (
            SELECT m[1] AS word FROM regexp_matches(written, '[a-z0-9]{5,}', 'g') m WHERE m[1] ~ '[0-9]'
            UNION ALL
            SELECT m[1] || '@' FROM regexp_matches(written, '([a-z0-9]+)(?:@|%40)', 'g') m
            UNION ALL
            SELECT array_to_string(parts[place:place + 3], '')
            FROM regexp_matches(written, '[a-z0-9]{1,4}(?:[ ./-][a-z0-9]{1,4}){3,}', 'g') m
            CROSS JOIN LATERAL regexp_split_to_array(m[1], '[ ./-]') AS parts
            CROSS JOIN LATERAL generate_series(1, cardinality(parts) - 3) AS place
            WHERE array_to_string(parts[place:place + 3], '') ~ '[0-9]'
        ) AS told
    );
END
$$
"""
AUDIT_QUOTED = """
CREATE OR REPLACE FUNCTION desk.audit_quoted(before jsonb, after jsonb, reason text) RETURNS integer[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN desk.quoted(concat_ws(' ', before::text, after::text, reason));
END
$$
"""
INDEXES = {
    "desk.audit_quoted_idx": "desk.audit USING gin (desk.audit_quoted(before, after, reason))",
    "desk.stripe_event_quoted_idx": "desk.stripe_event USING gin (desk.quoted(facts::text))",
    "public.desk_processedevent_quoted": 'public."ProcessedEvent" USING gin (desk.quoted(data::text))'
    " WHERE data IS NOT NULL",
}
HALF_MADE = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


def upgrade() -> None:
    op.execute(QUOTED)
    op.execute(AUDIT_QUOTED)
    with op.get_context().autocommit_block():
        for name, definition in INDEXES.items():
            if op.get_bind().exec_driver_sql(HALF_MADE, (name,)).first():
                op.execute(f"DROP INDEX CONCURRENTLY {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name.partition('.')[2]} ON {definition}")


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    op.execute("DROP FUNCTION desk.audit_quoted(jsonb, jsonb, text)")
    op.execute("DROP FUNCTION desk.quoted(text)")
