"""What the figures of the desk's own work are counted from: when each order began to wait, and when it ceased to."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = (
    """
CREATE TABLE desk.work_fact (
    order_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    level INTEGER NOT NULL,
    entered_at TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL,
    entered_day DATE NOT NULL,
    approved_at TIMESTAMP(3) WITHOUT TIME ZONE,
    approved_by TEXT,
    delivered_at TIMESTAMP(3) WITHOUT TIME ZONE,
    left_day DATE NOT NULL,
    CONSTRAINT work_fact_pkey PRIMARY KEY (order_id)
)
""",
    "CREATE INDEX work_fact_client_id_idx ON desk.work_fact (client_id)",
    """
CREATE INDEX work_fact_approved_idx ON desk.work_fact (approved_at) INCLUDE (level, entered_at, approved_by)
    WHERE approved_at IS NOT NULL
""",
    """
CREATE INDEX work_fact_delivered_idx ON desk.work_fact (delivered_at) INCLUDE (level, entered_at, approved_by)
    WHERE delivered_at IS NOT NULL
""",
    """
CREATE TABLE desk.work_day (
    entered_day DATE NOT NULL,
    left_day DATE NOT NULL,
    level INTEGER NOT NULL,
    orders INTEGER NOT NULL,
    CONSTRAINT work_day_pkey PRIMARY KEY (left_day, entered_day, level)
)
""",
)
RECOUNT = "SELECT entered_day, left_day, level, count(*)::int AS orders FROM desk.work_fact GROUP BY 1, 2, 3"


def facts(name: str, parameters: str, condition: str) -> str:
    """As ``lumira_db.metrics.operations.WORK`` defines it; what still waits leaves at infinity."""
    return f"""
CREATE FUNCTION desk.{name}({parameters}) RETURNS SETOF desk.work_fact LANGUAGE sql STABLE ROWS 5000 AS $$
    SELECT o.id, o."userId", o.level, e.at, (e.at AT TIME ZONE 'UTC' AT TIME ZONE z.zone)::date,
        a.at, a.author_id, o."deliveredAt",
        COALESCE((CASE WHEN o.status IN ('PAID', 'PROCESSING', 'AWAITING_VALIDATION', 'FAILED') THEN NULL
             WHEN o.status = 'REFUNDED' THEN LEAST(a.at, o."deliveredAt", o."updatedAt")
             ELSE COALESCE(a.at, o."deliveredAt", o."updatedAt") END
             AT TIME ZONE 'UTC' AT TIME ZONE z.zone)::date, 'infinity')
    FROM public."Order" o
    CROSS JOIN desk.rollup z
    CROSS JOIN LATERAL (SELECT COALESCE(o."paidAt", o."createdAt") AS at) e
    LEFT JOIN LATERAL (
        SELECT (v.created_at AT TIME ZONE 'UTC')::timestamp(3) AS at, v.author_id
        FROM desk.reading_version v WHERE v.order_id = o.id AND v.origin = 'APPROVED' ORDER BY v.number LIMIT 1
    ) a ON true
    WHERE o.status <> 'PENDING' AND (o."paidAt" IS NOT NULL OR o.status NOT IN ('FAILED', 'REFUNDED')) AND {condition}
$$
"""


# As desk.refresh_facts of migration 0012, which the worker calls before it, under the same lock.
REFRESH = """
CREATE FUNCTION desk.refresh_work(clients text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    known desk.work_fact[];
    facts desk.work_fact[];
    come desk.work_fact[];
    gone desk.work_fact[];
BEGIN
    SELECT COALESCE(array_agg(f), '{}') INTO facts FROM desk.work_facts(clients) f;
    SELECT COALESCE(array_agg(f), '{}') INTO known FROM desk.work_fact f
        WHERE f.client_id = ANY (clients) OR f.order_id IN (SELECT n.order_id FROM unnest(facts) n);
    SELECT COALESCE(array_agg(ROW(f.*)::desk.work_fact), '{}') INTO come
        FROM (SELECT * FROM unnest(facts) EXCEPT SELECT * FROM unnest(known)) f;
    SELECT COALESCE(array_agg(ROW(f.*)::desk.work_fact), '{}') INTO gone
        FROM (SELECT * FROM unnest(known) EXCEPT SELECT * FROM unnest(facts)) f;
    DELETE FROM desk.work_fact f WHERE f.order_id IN (SELECT g.order_id FROM unnest(gone) g);
    INSERT INTO desk.work_fact SELECT n.* FROM unnest(come) n;
    INSERT INTO desk.work_day AS t (entered_day, left_day, level, orders)
    SELECT entered_day, left_day, level, sum(sign)::int
    FROM (
        SELECT 1 AS sign, n.entered_day, n.left_day, n.level FROM unnest(come) n
        UNION ALL SELECT -1, g.entered_day, g.left_day, g.level FROM unnest(gone) g
    ) f
    GROUP BY 1, 2, 3 HAVING sum(sign) <> 0 ORDER BY 1, 2, 3
    ON CONFLICT (left_day, entered_day, level) DO UPDATE SET orders = t.orders + excluded.orders;
END
$$
"""
REBUILD = f"""
CREATE FUNCTION desk.rebuild_work() RETURNS void LANGUAGE plpgsql SET work_mem = '256MB' AS $$
BEGIN
    DELETE FROM desk.work_fact;
    DELETE FROM desk.work_day;
    INSERT INTO desk.work_fact SELECT * FROM desk.all_work_facts();
    INSERT INTO desk.work_day (entered_day, left_day, level, orders) {RECOUNT};
    ANALYZE desk.work_fact, desk.work_day;
END
$$
"""
DIFFERENCES = f"""
CREATE FUNCTION desk.work_differences() RETURNS TABLE (name text, differences bigint)
LANGUAGE sql STABLE SET work_mem = '256MB' AS $$
    SELECT 'work_fact', (SELECT count(*) FROM (TABLE desk.work_fact EXCEPT ALL SELECT * FROM desk.all_work_facts()) m)
        + (SELECT count(*) FROM (SELECT * FROM desk.all_work_facts() EXCEPT ALL TABLE desk.work_fact) l)
    UNION ALL
    SELECT 'work_day',
        (SELECT count(*) FROM (SELECT * FROM desk.work_day WHERE orders <> 0 EXCEPT ALL {RECOUNT}) m)
        + (SELECT count(*) FROM ({RECOUNT} EXCEPT ALL SELECT * FROM desk.work_day WHERE orders <> 0) l)
$$
"""

# As in 0012, and when the reading was delivered; of an order that is over without it, when it was last written.
WATCHED = """id, status, level, amount, currency, "paidAt", "createdAt", "deliveredAt",
    CASE WHEN status = 'REFUNDED' OR (status = 'COMPLETED' AND "deliveredAt" IS NULL) THEN "updatedAt" END"""
BEFORE = """id, status, level, amount, currency, "paidAt", "createdAt",
    CASE WHEN status = 'REFUNDED' THEN "updatedAt" END"""
NOTE_APPROVALS = """
CREATE FUNCTION desk.note_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO desk.change (kind, row_id)
    SELECT DISTINCT 'client', o."userId" FROM new_rows n JOIN public."Order" o ON o.id = n.order_id
    WHERE n.origin = 'APPROVED';
    RETURN NULL;
END
$$
"""
TRIGGER = """
CREATE TRIGGER note_insert AFTER INSERT ON desk.reading_version REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION desk.note_approval()
"""
EXISTING = """UPDATE desk.rollup SET built_at = NULL WHERE EXISTS (SELECT FROM public."Order")"""


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    op.execute(facts("work_facts", "clients text[]", 'o."userId" = ANY (clients)'))
    op.execute(facts("all_work_facts", "", "true"))
    for statement in (REFRESH, REBUILD, DIFFERENCES, NOTE_APPROVALS, TRIGGER, note_orders(WATCHED), EXISTING):
        op.execute(statement)


def note_orders(columns: str) -> str:
    known = f'"userId" AS row_id, {columns}'
    return f"""
CREATE OR REPLACE FUNCTION desk.note_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms' AS $$
BEGIN
    IF current_setting('desk.quiet', true) = 'on' THEN
        RETURN NULL;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO desk.change (kind, row_id) SELECT DISTINCT 'client', "userId" FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO desk.change (kind, row_id) SELECT DISTINCT 'client', "userId" FROM old_rows;
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
"""


def downgrade() -> None:
    op.execute(note_orders(BEFORE))
    op.execute("DROP TRIGGER note_insert ON desk.reading_version")
    for function in (
        *("note_approval()", "work_differences()", "rebuild_work()", "refresh_work(text[])"),
        *("all_work_facts()", "work_facts(text[])"),
    ):
        op.execute(f"DROP FUNCTION desk.{function}")
    for table in ("work_day", "work_fact"):
        op.execute(f"DROP TABLE desk.{table}")
