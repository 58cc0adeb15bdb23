"""Who has a telephone, a mailbox, or a name and a day of birth in common with others, kept beside the clients.

Most people share nothing with anybody: a walk through everybody in search of those who do reads a million rows for a
page. ``desk.client_likeness`` holds only what is shared, and is kept up as the summaries of clients are: triggers note
who was written, the worker works out what became of it. Of what more than eight share it keeps nine: that is a shop or
a family, and nobody's second account.

What one client has in common is found by the indexes of the search, so those that were made for it are not needed.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE IF NOT EXISTS desk.client_likeness (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    client_id TEXT NOT NULL,
    CONSTRAINT client_likeness_pkey PRIMARY KEY (kind, value, client_id),
    CONSTRAINT client_likeness_kind_check CHECK (kind IN ('phone', 'mailbox', 'name'))
)
"""
INDEX = "CREATE INDEX IF NOT EXISTS client_likeness_client_id_idx ON desk.client_likeness (client_id)"

NAME = """desk.fold(u."lastName" || ' ' || u."firstName")"""
BORN = """left(COALESCE(to_char(u."dateOfBirth", 'YYYY-MM-DD'), p."birthDate"), 40)"""

# What is shorter is what somebody typed to get on.
TRAITS = f"""
CREATE OR REPLACE FUNCTION desk.client_traits(ids text[]) RETURNS TABLE (kind text, value text, client_id text)
LANGUAGE sql STABLE ROWS 300 AS $$
    SELECT k.kind, k.value, u.id
    FROM public."User" u LEFT JOIN public."UserProfile" p ON p."userId" = u.id
    CROSS JOIN LATERAL (VALUES
        ('phone', desk.phone(u.phone), 8),
        ('mailbox', desk.mailbox(u.email), 4),
        ('name', NULLIF({NAME}, '') || '|' || NULLIF({BORN}, ''), 8)
    ) k (kind, value, shortest)
    WHERE u.id = ANY (ids) AND length(k.value) >= k.shortest
$$
"""  # noqa: S608 - expressions of ours

ALIKE = f"""
CREATE OR REPLACE FUNCTION desk.alike(kinds text[], vals text[])
RETURNS TABLE (kind text, value text, client_id text, bearers bigint)
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT t.kind, t.value, f.id, count(*) OVER (PARTITION BY t.kind, t.value)
    FROM unnest(kinds, vals) t (kind, value)
    CROSS JOIN LATERAL (
        (SELECT u.id FROM public."User" u
            WHERE t.kind = 'phone' AND u.phone IS NOT NULL AND desk.phone(u.phone) = t.value LIMIT 9)
        UNION ALL
        (SELECT u.id FROM public."User" u WHERE t.kind = 'mailbox' AND desk.mailbox(u.email) = t.value LIMIT 9)
        UNION ALL
        (SELECT u.id FROM public."User" u LEFT JOIN public."UserProfile" p ON p."userId" = u.id
            WHERE t.kind = 'name' AND {NAME} = split_part(t.value, '|', 1)
                AND {BORN} = substr(t.value, strpos(t.value, '|') + 1) LIMIT 9)
    ) f
$$
"""  # noqa: S608 - likewise

# What they have now, and what they had: those who are left alone with it lose their row too.
REFRESH = """
CREATE OR REPLACE FUNCTION desk.refresh_likeness(ids text[]) RETURNS void LANGUAGE sql AS $$
    WITH touched AS (
        SELECT l.kind, l.value FROM desk.client_likeness l WHERE l.client_id = ANY (ids)
        UNION
        SELECT n.kind, n.value FROM desk.client_traits(ids) n
    ), shared AS MATERIALIZED (
        SELECT a.kind, a.value, a.client_id
        FROM desk.alike(ARRAY(SELECT kind FROM touched ORDER BY kind, value),
                        ARRAY(SELECT value FROM touched ORDER BY kind, value)) a
        WHERE a.bearers > 1
    ), gone AS (
        DELETE FROM desk.client_likeness l USING touched t
        WHERE l.kind = t.kind AND l.value = t.value
            AND NOT EXISTS (SELECT FROM shared s
                            WHERE (s.kind, s.value, s.client_id) = (l.kind, l.value, l.client_id))
    )
    INSERT INTO desk.client_likeness (kind, value, client_id) SELECT kind, value, client_id FROM shared
    ON CONFLICT DO NOTHING
$$
"""

WATCHED = {
    "User": (
        '"createdAt", "firstName", "lastName", email, status, source, tags, "refId" IS NULL',
        '"createdAt", "firstName", "lastName", email, status, source, tags, "refId" IS NULL, phone, "dateOfBirth"',
    ),
    "UserProfile": ('"profileCompleted"', '"profileCompleted", "birthDate"'),
}
ROW_ID = {"User": "id", "UserProfile": '"userId"'}
EXISTING = """
INSERT INTO desk.change (kind, row_id) SELECT 'clients_after', '' WHERE EXISTS (SELECT FROM public."User")
"""
SAME = {
    "desk_user_same_phone": 'ON "User" (desk.phone(phone), id) WHERE phone IS NOT NULL',
    "desk_user_same_name": """ON "User" (desk.fold("lastName" || ' ' || "firstName"), id)""",
}
HALF_MADE = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


def upgrade() -> None:
    for statement in (TABLE, INDEX, TRAITS, ALIKE, REFRESH):
        op.execute(statement)
    for table, (_, columns) in WATCHED.items():
        op.execute(note_function(table, columns))
    op.execute(EXISTING)
    with op.get_context().autocommit_block():
        for name in SAME:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def note_function(table: str, columns: str) -> str:
    row_id = ROW_ID[table]
    known = f"{row_id} AS row_id, {columns}"
    return f"""
CREATE OR REPLACE FUNCTION desk.note_{table.lower()}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
BEGIN
    IF current_setting('desk.quiet', true) = 'on' THEN
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO desk.change (kind, row_id) SELECT DISTINCT 'client', {row_id} FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO desk.change (kind, row_id) SELECT DISTINCT 'client', {row_id} FROM old_rows;
    ELSE
        INSERT INTO desk.change (kind, row_id) SELECT DISTINCT 'client', row_id FROM (
            (SELECT {known} FROM new_rows EXCEPT ALL SELECT {known} FROM old_rows)
            UNION ALL
            (SELECT {known} FROM old_rows EXCEPT ALL SELECT {known} FROM new_rows)
        ) d;
    END IF;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'desk: a change was not noted: %', SQLERRM;
    RETURN NULL;
END
$$
"""  # noqa: S608 - names of columns, all of them the contract's


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, definition in SAME.items():
            if op.get_bind().exec_driver_sql(HALF_MADE, (name,)).first():
                op.execute(f"DROP INDEX CONCURRENTLY {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} {definition}")
    for table, (columns, _) in WATCHED.items():
        op.execute(note_function(table, columns))
    for function in ("refresh_likeness(text[])", "alike(text[], text[])", "client_traits(text[])"):
        op.execute(f"DROP FUNCTION desk.{function}")
    op.execute("DROP TABLE desk.client_likeness")
