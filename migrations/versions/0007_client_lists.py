"""Lists of clients: what they are filtered by, kept up with the platform's writes, and saved views.

``desk.client_summary`` holds a narrow row for each client. Triggers on the contract's tables do nothing but write
down, in ``desk.change``, which client a statement touched; the worker works them out afterwards. A trigger swallows
whatever goes wrong in it and waits for nobody: the platform's write must not fail, nor stand in a queue, for us.
``lumira clients verify`` finds what would have been missed that way.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE desk.client_summary (
    id TEXT NOT NULL,
    created_at TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    status TEXT NOT NULL,
    source TEXT,
    tags TEXT[] NOT NULL,
    has_ref_id BOOLEAN NOT NULL,
    profile_completed BOOLEAN NOT NULL,
    levels INTEGER[] NOT NULL,
    paid_count INTEGER NOT NULL,
    paid JSONB NOT NULL,
    first_paid_at TIMESTAMP(3) WITHOUT TIME ZONE,
    last_paid_at TIMESTAMP(3) WITHOUT TIME ZONE,
    last_order_at TIMESTAMP(3) WITHOUT TIME ZONE,
    path TEXT NOT NULL,
    path_day INTEGER,
    path_since TIMESTAMP(3) WITHOUT TIME ZONE,
    CONSTRAINT client_summary_pkey PRIMARY KEY (id),
    CONSTRAINT client_summary_path_check CHECK (path IN ('NONE', 'OPEN', 'STALLED', 'DONE'))
)
""",
    """
CREATE TABLE desk.change (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    row_id TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT change_pkey PRIMARY KEY (id)
)
""",
    """
CREATE TABLE desk.tag_usage (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    tag TEXT NOT NULL,
    clients BIGINT NOT NULL,
    CONSTRAINT tag_usage_pkey PRIMARY KEY (id)
)
""",
    """
CREATE TABLE desk.saved_view (
    id UUID NOT NULL,
    owner_id TEXT NOT NULL,
    owner_name TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    shared BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT saved_view_pkey PRIMARY KEY (id)
)
""",
    """
CREATE UNIQUE INDEX saved_view_owner_id_name_idx ON desk.saved_view (owner_id, lower(name))
""",
    """
CREATE INDEX saved_view_shared_idx ON desk.saved_view (lower(name)) WHERE shared
""",
    """
CREATE TABLE desk.bulk_change (
    task_id UUID NOT NULL,
    client_id TEXT NOT NULL,
    before JSONB NOT NULL,
    after JSONB NOT NULL,
    CONSTRAINT bulk_change_pkey PRIMARY KEY (task_id, client_id)
)
""",
)

# One for each order of the list, and one for each filter that few clients pass. What is included spares a look at
# the rows of a month of orders, or of those who paid in another currency, before they are sorted.
INDEXES = {
    "created_idx": "(created_at, id) INCLUDE (paid_count, paid, last_order_at)",
    "name_idx": "(name, id)",
    "last_order_idx": "(COALESCE(last_order_at, TIMESTAMP '1970-01-01'), id) INCLUDE (last_order_at, created_at)",
    "paid_count_idx": "(paid_count, id)",
    "paid_eur_idx": "(COALESCE((paid ->> 'eur')::bigint, 0), id)",
    "tags_idx": "USING gin (tags) WITH (fastupdate = off)",
    "levels_idx": "USING gin (levels) WITH (fastupdate = off)",
    "source_idx": "(source, created_at, id)",
    "path_idx": "(path, path_day, created_at, id) INCLUDE (path_since)",
    "silent_idx": "(path_since, created_at, id) WHERE path = 'OPEN'",
    "blocked_idx": "(status, created_at, id) WHERE status <> 'ACTIVE'",
    "other_currency_idx": "(created_at, id) INCLUDE (paid) WHERE (paid - 'eur') <> '{}'",
}

# Paid and not refunded: the same orders as in the client's page. An abandoned or failed checkout is no order.
# Texts are cut: an index takes no long ones, and one absurd name must not stop the others.
FACTS = """
CREATE FUNCTION desk.client_facts(ids text[]) RETURNS SETOF desk.client_summary
LANGUAGE sql STABLE ROWS 100 AS $$
    SELECT u.id, u."createdAt",
        left(COALESCE(NULLIF(desk.fold(left(u."lastName", 100) || ' ' || left(u."firstName", 100)), ''), u.email), 200),
        u.status::text, left(u.source, 200),
        ARRAY(SELECT DISTINCT left(t, 200) FROM unnest(u.tags) t WHERE t IS NOT NULL ORDER BY 1),
        u."refId" IS NOT NULL, COALESCE(f."profileCompleted", false),
        COALESCE(b.levels, '{}'), COALESCE(c.orders, 0)::int, COALESCE(c.paid, '{}'),
        c.first_paid, c.last_paid, c.last_order,
        CASE WHEN COALESCE(s.steps, 0) = 0 THEN 'NONE' WHEN s.day IS NULL THEN 'DONE'
             WHEN s.since IS NULL THEN 'STALLED' ELSE 'OPEN' END,
        s.day::int, CASE WHEN s.day IS NULL THEN s.done_at ELSE COALESCE(s.since, s.done_at) END
    FROM public."User" u
    LEFT JOIN public."UserProfile" f ON f."userId" = u.id
    LEFT JOIN LATERAL (
        SELECT array_agg(DISTINCT o.level ORDER BY o.level) AS levels FROM public."Order" o
        WHERE o."userId" = u.id AND o."paidAt" IS NOT NULL AND o.status <> 'REFUNDED'
    ) b ON true
    LEFT JOIN LATERAL (
        SELECT sum(e.orders) AS orders, min(e.first_paid) AS first_paid, max(e.last_paid) AS last_paid,
            max(e.last_order) AS last_order, jsonb_object_agg(e.currency, e.cents) FILTER (WHERE e.orders > 0) AS paid
        FROM (
            SELECT lower(o.currency) AS currency, count(*) FILTER (WHERE p.counts) AS orders,
                sum(o.amount) FILTER (WHERE p.counts) AS cents, min(o."paidAt") FILTER (WHERE p.counts) AS first_paid,
                max(o."paidAt") FILTER (WHERE p.counts) AS last_paid,
                max(o."createdAt") FILTER (WHERE o."paidAt" IS NOT NULL OR o.status NOT IN ('PENDING', 'FAILED'))
                    AS last_order
            FROM public."Order" o
            CROSS JOIN LATERAL (SELECT o."paidAt" IS NOT NULL AND o.status <> 'REFUNDED' AS counts) p
            WHERE o."userId" = u.id GROUP BY 1
        ) e
    ) c ON true
    LEFT JOIN LATERAL (
        SELECT count(*) AS steps, min(t."dayNumber") FILTER (WHERE NOT t."isCompleted") AS day,
            (array_agg(t."unlockedAt" ORDER BY t."dayNumber") FILTER (WHERE NOT t."isCompleted"))[1] AS since,
            max(t."completedAt") AS done_at
        FROM public."SpiritualPath" w JOIN public."PathStep" t ON t."spiritualPathId" = w.id
        WHERE w."userId" = u.id
    ) s ON true
    WHERE u.id = ANY (ids)
$$
"""

COLUMNS = (
    *("created_at", "name", "status", "source", "tags", "has_ref_id", "profile_completed", "levels", "paid_count"),
    *("paid", "first_paid_at", "last_paid_at", "last_order_at", "path", "path_day", "path_since"),
)
# In the order of the ids: two who refresh the same clients wait for each other and never in a circle.
REFRESH = f"""
CREATE FUNCTION desk.refresh_clients(ids text[]) RETURNS void LANGUAGE sql AS $$
    DELETE FROM desk.client_summary s WHERE s.id IN (
        SELECT g.id FROM desk.client_summary g WHERE g.id = ANY (ids)
            AND NOT EXISTS (SELECT FROM public."User" u WHERE u.id = g.id) ORDER BY g.id FOR UPDATE
    );
    INSERT INTO desk.client_summary AS s SELECT * FROM desk.client_facts(ids) ORDER BY 1
    ON CONFLICT (id) DO UPDATE SET ({", ".join(COLUMNS)}) = ROW({", ".join(f"excluded.{name}" for name in COLUMNS)})
    WHERE ({", ".join(f"s.{name}" for name in COLUMNS)})
        IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in COLUMNS)})
$$
"""  # noqa: S608 - names of columns, all of them ours

# Only added to, so nobody waits for anybody; the worker adds the lines of a tag up now and then.
COUNT_TAGS = """
CREATE FUNCTION desk.count_tags() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO desk.tag_usage (tag, clients) SELECT t, count(*) FROM new_rows, unnest(tags) t GROUP BY t;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO desk.tag_usage (tag, clients) SELECT t, -count(*) FROM old_rows, unnest(tags) t GROUP BY t;
    ELSE
        INSERT INTO desk.tag_usage (tag, clients)
        SELECT t, sum(n) FROM (
            SELECT t, 1 AS n FROM new_rows, unnest(tags) t UNION ALL SELECT t, -1 FROM old_rows, unnest(tags) t
        ) d GROUP BY t HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END
$$
"""

# What the list knows of each table: a statement that changes nothing of it leaves no trace. The row is the client's
# own, or that of a path whose client is looked up later.
WATCHED = {
    "User": ("client", "id", '"createdAt", "firstName", "lastName", email, status, source, tags, "refId" IS NULL'),
    "UserProfile": ("client", '"userId"', '"profileCompleted"'),
    "Order": ("client", '"userId"', 'id, status, level, amount, currency, "paidAt", "createdAt"'),
    "SpiritualPath": ("client", '"userId"', "id"),
    "PathStep": ("path", '"spiritualPathId"', '"dayNumber", "isCompleted", "completedAt", "unlockedAt"'),
}
EVENTS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
}
EXISTING = """
INSERT INTO desk.change (kind, row_id) SELECT 'clients_after', '' WHERE EXISTS (SELECT FROM public."User")
"""


def upgrade() -> None:
    for statement in (*TABLES, FACTS, REFRESH, COUNT_TAGS):
        op.execute(statement)
    for name, definition in INDEXES.items():
        op.execute(f"CREATE INDEX client_summary_{name} ON desk.client_summary {definition}")
    for event, rows in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER count_tags_{event.lower()} AFTER {event} ON desk.client_summary {rows}"
            " FOR EACH STATEMENT EXECUTE FUNCTION desk.count_tags()"
        )
    for table, watched in WATCHED.items():
        op.execute(note_function(table, *watched))
        for event, rows in EVENTS.items():
            op.execute(
                f'CREATE TRIGGER desk_note_{event.lower()} AFTER {event} ON public."{table}" {rows}'
                f" FOR EACH STATEMENT EXECUTE FUNCTION desk.{function_name(table)}()"
            )
    op.execute(EXISTING)


def function_name(table: str) -> str:
    return f"note_{table.lower()}"


def note_function(table: str, kind: str, row_id: str, columns: str) -> str:
    known = f"{row_id} AS row_id, {columns}"
    return f"""
CREATE FUNCTION desk.{function_name(table)}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
BEGIN
    IF current_setting('desk.quiet', true) = 'on' THEN
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO desk.change (kind, row_id) SELECT DISTINCT '{kind}', {row_id} FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO desk.change (kind, row_id) SELECT DISTINCT '{kind}', {row_id} FROM old_rows;
    ELSE
        INSERT INTO desk.change (kind, row_id) SELECT DISTINCT '{kind}', row_id FROM (
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
"""  # noqa: S608 - likewise


def downgrade() -> None:
    for table in WATCHED:
        for event in EVENTS:
            op.execute(f'DROP TRIGGER desk_note_{event.lower()} ON public."{table}"')
        op.execute(f"DROP FUNCTION desk.{function_name(table)}()")
    for function in ("refresh_clients(text[])", "client_facts(text[])"):
        op.execute(f"DROP FUNCTION desk.{function}")
    for table in ("bulk_change", "saved_view", "tag_usage", "change", "client_summary"):
        op.execute(f"DROP TABLE desk.{table}")
    op.execute("DROP FUNCTION desk.count_tags()")
