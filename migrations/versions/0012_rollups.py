"""What the figures are counted from: a narrow row for each order, refund and path, and sums of them by day.

The triggers of 0007 already write down whose rows changed; here they learn of a few more columns. The worker works the
facts of these clients out again, and adds to the sums what is new and takes away what was, in one transaction.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# One row: the zone whose days are counted, and since when everything is. NULL: everything is still to be counted.
STATE = """
CREATE TABLE desk.rollup (
    id INTEGER NOT NULL,
    zone TEXT NOT NULL,
    built_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT rollup_pkey PRIMARY KEY (id),
    CONSTRAINT rollup_one_check CHECK (id = 1)
)
"""
BEGIN = """
INSERT INTO desk.rollup (id, zone, built_at) SELECT 1, 'Europe/Paris', CASE
    WHEN EXISTS (SELECT FROM public."Order") OR EXISTS (SELECT FROM public."SpiritualPath") THEN NULL ELSE now() END
"""

ORDER_FACT = """
CREATE TABLE desk.order_fact (
    order_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    level INTEGER NOT NULL,
    currency TEXT NOT NULL,
    source TEXT NOT NULL,
    amount INTEGER NOT NULL,
    is_first BOOLEAN NOT NULL,
    created_at TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL,
    created_day DATE NOT NULL,
    paid_at TIMESTAMP(3) WITHOUT TIME ZONE,
    paid_day DATE,
    paid_hour INTEGER,
    rank INTEGER,
    prev_day DATE,
    prev_level_day DATE,
    prev_any_day DATE,
    first_day DATE,
    first_level INTEGER,
    first_currency TEXT,
    refunded BOOLEAN NOT NULL,
    refund_cents BIGINT NOT NULL,
    CONSTRAINT order_fact_pkey PRIMARY KEY (order_id)
)
"""
REFUND_FACT = """
CREATE TABLE desk.refund_fact (
    id TEXT NOT NULL,
    order_id TEXT,
    client_id TEXT,
    level INTEGER,
    currency TEXT NOT NULL,
    source TEXT,
    is_first BOOLEAN,
    amount BIGINT NOT NULL,
    at TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL,
    day DATE NOT NULL,
    estimated BOOLEAN NOT NULL,
    CONSTRAINT refund_fact_pkey PRIMARY KEY (id)
)
"""
PATH_FACT = """
CREATE TABLE desk.path_fact (
    path_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    archetype TEXT NOT NULL,
    level INTEGER,
    started_at TIMESTAMP(3) WITHOUT TIME ZONE NOT NULL,
    open_day INTEGER,
    since TIMESTAMP(3) WITHOUT TIME ZONE,
    last_done_at TIMESTAMP(3) WITHOUT TIME ZONE,
    days_done INTEGER NOT NULL,
    gap_hours DOUBLE PRECISION[] NOT NULL,
    actions TEXT[] NOT NULL,
    opened BOOLEAN[] NOT NULL,
    done BOOLEAN[] NOT NULL,
    wait_hours DOUBLE PRECISION[] NOT NULL,
    CONSTRAINT path_fact_pkey PRIMARY KEY (path_id)
)
"""
FACT_INDEXES = {
    "order_fact_client_id_idx": "order_fact (client_id)",
    "order_fact_paid_idx": """order_fact (paid_day, currency)
        INCLUDE (level, source, is_first, prev_day, prev_level_day) WHERE kind = 'PAID'""",
    "order_fact_created_idx": "order_fact (created_day) WHERE kind <> 'FREE'",
    "refund_fact_client_id_idx": "refund_fact (client_id)",
    "refund_fact_day_idx": """refund_fact (day, currency)
        INCLUDE (level, source, is_first, amount, estimated, order_id, at)""",
    "path_fact_client_id_idx": "path_fact (client_id)",
    "path_fact_started_idx": """path_fact (started_at)
        INCLUDE (level, archetype, open_day, since, last_done_at, days_done)""",
}

_LOCAL_CREATED = "(o.\"createdAt\" AT TIME ZONE 'UTC' AT TIME ZONE z.zone)"
_LOCAL_PAID = "(o.\"paidAt\" AT TIME ZONE 'UTC' AT TIME ZONE z.zone)"


def order_facts(name: str, parameters: str, condition: str) -> str:
    """The facts of orders, as ``lumira_db.metrics`` defines what they are counted by."""
    return f"""
CREATE FUNCTION desk.{name}({parameters}) RETURNS SETOF desk.order_fact LANGUAGE sql STABLE ROWS 5000 AS $$
    SELECT o.id, o."userId",
        CASE WHEN o."paidAt" IS NOT NULL THEN 'PAID'
             WHEN o.status IN ('PENDING', 'FAILED') THEN o.status::text ELSE 'FREE' END,
        o.level, lower(left(o.currency, 64)), COALESCE(left(u.source, 200), ''), o.amount,
        CASE WHEN o."paidAt" IS NOT NULL THEN row_number() OVER person = 1
             ELSE COALESCE(min(o."paidAt") OVER (PARTITION BY o."userId") > o."createdAt", true) END,
        o."createdAt", {_LOCAL_CREATED}::date, o."paidAt", {_LOCAL_PAID}::date, extract(hour FROM {_LOCAL_PAID})::int,
        CASE WHEN o."paidAt" IS NOT NULL THEN (row_number() OVER person)::int END,
        lag({_LOCAL_PAID}::date) OVER same_currency, lag({_LOCAL_PAID}::date) OVER same_level,
        lag({_LOCAL_PAID}::date) OVER person, first_value({_LOCAL_PAID}::date) OVER person,
        CASE WHEN o."paidAt" IS NOT NULL THEN first_value(o.level) OVER person END,
        CASE WHEN o."paidAt" IS NOT NULL THEN first_value(lower(left(o.currency, 64))) OVER person END,
        o."paidAt" IS NOT NULL AND (o.status = 'REFUNDED' OR r.known), CASE WHEN o."paidAt" IS NULL THEN 0
            WHEN r.known THEN r.cents WHEN o.status = 'REFUNDED' THEN o.amount ELSE 0 END
    FROM public."Order" o
    CROSS JOIN desk.rollup z
    LEFT JOIN public."User" u ON u.id = o."userId"
    CROSS JOIN LATERAL (
        SELECT count(*) > 0 AS known,
            COALESCE(sum(r.amount) FILTER (WHERE lower(r.currency) = lower(o.currency)), 0)::bigint AS cents
        FROM desk.refund r WHERE r.order_id = o.id AND r.succeeded_at IS NOT NULL
    ) r
    WHERE {condition}
    WINDOW person AS (PARTITION BY o."userId", o."paidAt" IS NULL ORDER BY o."paidAt", o.id),
        same_currency AS (PARTITION BY o."userId", o."paidAt" IS NULL, lower(left(o.currency, 64))
            ORDER BY o."paidAt", o.id),
        same_level AS (PARTITION BY o."userId", o."paidAt" IS NULL, lower(left(o.currency, 64)), o.level
            ORDER BY o."paidAt", o.id)
$$
"""


def refund_facts(name: str, parameters: str, ledger: str, orders: str) -> str:
    """Refunds that succeeded, and orders refunded of which the ledger knows none; from the facts of the orders."""
    return f"""
CREATE FUNCTION desk.{name}({parameters}) RETURNS SETOF desk.refund_fact LANGUAGE sql STABLE ROWS 1000 AS $$
    SELECT r.id, r.order_id, f.client_id, f.level, lower(left(r.currency, 64)), f.source, f.is_first, r.amount,
        (r.succeeded_at AT TIME ZONE 'UTC')::timestamp(3), (r.succeeded_at AT TIME ZONE z.zone)::date, false
    FROM desk.refund r CROSS JOIN desk.rollup z LEFT JOIN desk.order_fact f ON f.order_id = r.order_id
    WHERE r.succeeded_at IS NOT NULL AND {ledger}
    UNION ALL
    SELECT 'order:' || f.order_id, f.order_id, f.client_id, f.level, f.currency, f.source, f.is_first, f.amount,
        o."updatedAt", (o."updatedAt" AT TIME ZONE 'UTC' AT TIME ZONE z.zone)::date, true
    FROM desk.order_fact f CROSS JOIN desk.rollup z JOIN public."Order" o ON o.id = f.order_id
    WHERE f.kind = 'PAID' AND o.status = 'REFUNDED' AND {orders} AND NOT EXISTS (
        SELECT FROM desk.refund r WHERE r.order_id = o.id AND r.succeeded_at IS NOT NULL)
$$
"""


def path_facts(name: str, parameters: str, condition: str) -> str:
    """A day counts as done when it and all before it are; hours are those between moments in their order."""
    return f"""
CREATE FUNCTION desk.{name}({parameters}) RETURNS SETOF desk.path_fact LANGUAGE sql STABLE ROWS 1000 AS $$
    SELECT w.id, w."userId", left(w.archetype, 200), o.level, w."startedAt", s.open_day, s.since, s.last_done_at,
        GREATEST(LEAST(COALESCE(s.open_day - 1, s.last_day), 7), 0),
        ARRAY(
            SELECT extract(epoch FROM t."completedAt" - b.at)::float8 / 3600
            FROM generate_series(1, GREATEST(LEAST(COALESCE(s.open_day - 1, s.last_day), 7), 0)) AS d (day)
            LEFT JOIN public."PathStep" t ON t."spiritualPathId" = w.id AND t."dayNumber" = d.day
            LEFT JOIN public."PathStep" p ON p."spiritualPathId" = w.id AND p."dayNumber" = d.day - 1
            LEFT JOIN LATERAL (
                SELECT CASE WHEN d.day = 1 THEN w."startedAt" ELSE p."completedAt" END AS at
            ) b ON b.at <= t."completedAt"
            ORDER BY d.day
        ), s.actions, s.opened, s.done, s.wait_hours
    FROM public."SpiritualPath" w
    CROSS JOIN LATERAL (
        SELECT max(t."dayNumber") AS last_day, max(t."completedAt") AS last_done_at,
            min(t."dayNumber") FILTER (WHERE NOT t."isCompleted") AS open_day,
            (array_agg(t."unlockedAt" ORDER BY t."dayNumber") FILTER (WHERE NOT t."isCompleted"))[1] AS since,
            (array_agg(t."originReadingId" ORDER BY t."dayNumber") FILTER (WHERE t."originReadingId" IS NOT NULL))[1]
                AS order_id,
            array_agg(t."actionType"::text ORDER BY t."dayNumber") AS actions,
            array_agg(t."unlockedAt" IS NOT NULL ORDER BY t."dayNumber") AS opened,
            array_agg(t."isCompleted" ORDER BY t."dayNumber") AS done,
            array_agg(CASE WHEN t."isCompleted" AND t."completedAt" >= t."unlockedAt"
                THEN extract(epoch FROM t."completedAt" - t."unlockedAt")::float8 / 3600 END ORDER BY t."dayNumber")
                AS wait_hours
        FROM public."PathStep" t WHERE t."spiritualPathId" = w.id HAVING count(*) > 0
    ) s
    LEFT JOIN public."Order" o ON o.id = s.order_id
    WHERE {condition}
$$
"""


_WEEK = "date_trunc('week', paid_day::timestamp)::date"
_MONTH = "date_trunc('month', paid_day::timestamp)::date"
_COHORT = "date_trunc('month', first_day::timestamp)::date"
# Sums of facts: what they are by, what is added up, and which facts count. Who paid twice within a day, a week or a
# month counts once in it: with the order that has none of theirs (in its currency, or at its level too) before it.
ROLLUPS: dict[str, tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]], str]] = {
    "revenue_day": (
        {
            "day": ("date", "paid_day"),
            "currency": ("text", "currency"),
            "level": ("integer", "level"),
            "source": ("text", "source"),
            "is_first": ("boolean", "is_first"),
            "amount": ("integer", "amount"),
        },
        {
            "orders": ("integer", "1"),
            "refunded": ("integer", "refunded::int"),
            "refund_cents": ("bigint", "refund_cents"),
            "clients_day": ("integer", "(prev_day IS NULL OR prev_day < paid_day)::int"),
            "clients_week": ("integer", f"(prev_day IS NULL OR prev_day < {_WEEK})::int"),
            "clients_month": ("integer", f"(prev_day IS NULL OR prev_day < {_MONTH})::int"),
            "level_clients_day": ("integer", "(prev_level_day IS NULL OR prev_level_day < paid_day)::int"),
            "level_clients_week": ("integer", f"(prev_level_day IS NULL OR prev_level_day < {_WEEK})::int"),
            "level_clients_month": ("integer", f"(prev_level_day IS NULL OR prev_level_day < {_MONTH})::int"),
        },
        "kind = 'PAID'",
    ),
    "checkout_day": (
        {
            "day": ("date", "created_day"),
            "currency": ("text", "currency"),
            "level": ("integer", "level"),
            "source": ("text", "source"),
            "is_first": ("boolean", "is_first"),
            "kind": ("text", "kind"),
        },
        {"orders": ("integer", "1"), "cents": ("bigint", "amount")},
        "kind <> 'FREE'",
    ),
    "hour_day": (
        {
            "day": ("date", "paid_day"),
            "hour": ("integer", "paid_hour"),
            "currency": ("text", "currency"),
            "level": ("integer", "level"),
        },
        {"orders": ("integer", "1"), "cents": ("bigint", "amount")},
        "kind = 'PAID'",
    ),
    # Clients of a span of months are those of each month who did not pay in the span before it.
    "repeat_month": (
        {
            "month": ("date", _MONTH),
            "prev_day": ("date", "COALESCE(prev_day, '-infinity')"),
            "currency": ("text", "currency"),
            "source": ("text", "source"),
        },
        {"clients": ("integer", "1")},
        f"kind = 'PAID' AND (prev_day IS NULL OR prev_day < {_MONTH})",
    ),
    "level_repeat_month": (
        {
            "month": ("date", _MONTH),
            "prev_day": ("date", "COALESCE(prev_level_day, '-infinity')"),
            "currency": ("text", "currency"),
            "source": ("text", "source"),
            "level": ("integer", "level"),
        },
        {"clients": ("integer", "1")},
        f"kind = 'PAID' AND (prev_level_day IS NULL OR prev_level_day < {_MONTH})",
    ),
    "cohort_month": (
        {
            "cohort": ("date", _COHORT),
            "month": ("date", _MONTH),
            "currency": ("text", "first_currency"),
            "level": ("integer", "first_level"),
            "source": ("text", "source"),
        },
        {
            "clients": ("integer", "is_first::int"),
            "active": ("integer", f"(prev_any_day IS NULL OR prev_any_day < {_MONTH})::int"),
            "second": ("integer", "(rank = 2)::int"),
        },
        "kind = 'PAID'",
    ),
    "value_day": (
        {
            "day": ("date", "first_day"),
            "currency": ("text", "first_currency"),
            "level": ("integer", "first_level"),
            "source": ("text", "source"),
        },
        {
            "clients": ("integer", "is_first::int"),
            "orders": ("integer", "1"),
            "cents": ("bigint", "amount"),
            "refund_cents": ("bigint", "refund_cents"),
        },
        "kind = 'PAID' AND currency = first_currency",
    ),
}


def rollup_table(name: str) -> str:
    keys, sums, _ = ROLLUPS[name]
    columns = [f"{column} {kind.upper()} NOT NULL" for column, (kind, _) in (keys | sums).items()]
    return f"CREATE TABLE desk.{name} ({', '.join(columns)}, CONSTRAINT {name}_pkey PRIMARY KEY ({', '.join(keys)}))"


def recount(name: str) -> str:
    """SQL of the whole rollup, counted from the facts anew."""
    keys, sums, condition = ROLLUPS[name]
    columns = [f"{expression} AS {column}" for column, (_, expression) in keys.items()]
    columns += [f"sum({expression})::{kind} AS {column}" for column, (kind, expression) in sums.items()]
    numbers = ", ".join(str(number) for number in range(1, len(keys) + 1))
    return f"SELECT {', '.join(columns)} FROM desk.order_fact WHERE {condition} GROUP BY {numbers}"


def adding(name: str) -> str:
    """SQL that adds the facts that have come, and takes away those that have gone."""
    keys, sums, condition = ROLLUPS[name]
    columns = [f"{expression} AS {column}" for column, (_, expression) in keys.items()]
    columns += [f"sum(sign * ({expression}))::{kind} AS {column}" for column, (kind, expression) in sums.items()]
    numbers = ", ".join(str(number) for number in range(1, len(keys) + 1))
    moved = " OR ".join(f"sum(sign * ({expression})) <> 0" for _, expression in sums.values())
    added = ", ".join(f"{column} = t.{column} + excluded.{column}" for column in sums)
    return f"""
    INSERT INTO desk.{name} AS t ({", ".join(keys | sums)})
    SELECT {", ".join(columns)}
    FROM (SELECT 1 AS sign, n.* FROM unnest(come) n UNION ALL SELECT -1, g.* FROM unnest(gone) g) f
    WHERE {condition} GROUP BY {numbers} HAVING {moved} ORDER BY {numbers}
    ON CONFLICT ({", ".join(keys)}) DO UPDATE SET {added};"""


# Alone, by the worker's lock. What a client's orders were is taken away, what they are is added.
REFRESH = f"""
CREATE FUNCTION desk.refresh_facts(clients text[], refunds text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    known desk.order_fact[];
    facts desk.order_fact[];
    come desk.order_fact[];
    gone desk.order_fact[];
    given_back text[];
BEGIN
    SELECT COALESCE(array_agg(DISTINCT id), '{{}}') INTO clients FROM (
        SELECT unnest(clients) AS id UNION SELECT client_id FROM desk.refund_fact WHERE id = ANY (refunds)
        UNION SELECT o."userId" FROM desk.refund r JOIN public."Order" o ON o.id = r.order_id WHERE r.id = ANY (refunds)
    ) touched WHERE id IS NOT NULL;
    SELECT COALESCE(array_agg(f), '{{}}') INTO facts FROM desk.order_facts(clients) f;
    SELECT COALESCE(array_agg(f), '{{}}') INTO known FROM desk.order_fact f
        WHERE f.client_id = ANY (clients) OR f.order_id IN (SELECT n.order_id FROM unnest(facts) n);
    SELECT COALESCE(array_agg(ROW(f.*)::desk.order_fact), '{{}}') INTO come
        FROM (SELECT * FROM unnest(facts) EXCEPT SELECT * FROM unnest(known)) f;
    SELECT COALESCE(array_agg(ROW(f.*)::desk.order_fact), '{{}}') INTO gone
        FROM (SELECT * FROM unnest(known) EXCEPT SELECT * FROM unnest(facts)) f;
    IF cardinality(come) + cardinality(gone) > 0 THEN
        DELETE FROM desk.order_fact f WHERE f.order_id IN (SELECT g.order_id FROM unnest(gone) g);
        INSERT INTO desk.order_fact SELECT n.* FROM unnest(come) n;
{"".join(adding(name) for name in ROLLUPS)}
    END IF;

    SELECT refunds || COALESCE(array_agg(f.id), '{{}}') INTO given_back
        FROM desk.refund_fact f WHERE f.client_id = ANY (clients);
    DELETE FROM desk.refund_fact f WHERE f.id = ANY (given_back);
    INSERT INTO desk.refund_fact SELECT * FROM desk.refund_facts(clients, given_back)
        ON CONFLICT (id) DO UPDATE SET order_id = excluded.order_id, client_id = excluded.client_id,
            level = excluded.level, currency = excluded.currency, source = excluded.source,
            is_first = excluded.is_first, amount = excluded.amount, at = excluded.at, day = excluded.day,
            estimated = excluded.estimated;

    DELETE FROM desk.path_fact p WHERE p.client_id = ANY (clients);
    INSERT INTO desk.path_fact SELECT * FROM desk.path_facts(clients)
        ON CONFLICT (path_id) DO UPDATE SET client_id = excluded.client_id, archetype = excluded.archetype,
            level = excluded.level, started_at = excluded.started_at, open_day = excluded.open_day,
            since = excluded.since, last_done_at = excluded.last_done_at, days_done = excluded.days_done,
            gap_hours = excluded.gap_hours, actions = excluded.actions, opened = excluded.opened,
            done = excluded.done, wait_hours = excluded.wait_hours;
END
$$
"""

# One transaction: whoever reads meanwhile sees what was, and then what is. Deleted, not truncated: that would lock
# them out.
REBUILD = f"""
CREATE FUNCTION desk.rebuild_rollups(days_of text) RETURNS void LANGUAGE plpgsql SET work_mem = '256MB' AS $$
BEGIN
    UPDATE desk.rollup SET zone = days_of;
    {"".join(f"DELETE FROM desk.{name};" for name in ("path_fact", "refund_fact", "order_fact", *ROLLUPS))}
    INSERT INTO desk.order_fact SELECT * FROM desk.all_order_facts();
    ANALYZE desk.order_fact;
    INSERT INTO desk.refund_fact SELECT * FROM desk.all_refund_facts();
    INSERT INTO desk.path_fact SELECT * FROM desk.all_path_facts();
    {"".join(f"INSERT INTO desk.{name} {recount(name)};" for name in ROLLUPS)}
    ANALYZE {", ".join(f"desk.{name}" for name in ("path_fact", "refund_fact", *ROLLUPS))};
    UPDATE desk.rollup SET built_at = clock_timestamp();
END
$$
"""


def differences() -> str:
    """SQL: how many rows of each table are not what a recount gives; the facts from the platform's tables, the sums
    from the facts."""
    facts = {
        "order_fact": "desk.all_order_facts()",
        "refund_fact": "desk.all_refund_facts()",
        "path_fact": "desk.all_path_facts()",
    }
    parts = [
        _difference(table, f"SELECT * FROM desk.{table}", f"SELECT * FROM {true}") for table, true in facts.items()
    ]
    for name, (_, sums, _) in ROLLUPS.items():
        some = " OR ".join(f"{column} <> 0" for column in sums)
        parts.append(
            _difference(
                name, f"SELECT * FROM desk.{name} WHERE {some}", f"SELECT * FROM ({recount(name)}) c WHERE {some}"
            )
        )
    return f"""
CREATE FUNCTION desk.rollup_differences() RETURNS TABLE (name text, differences bigint)
LANGUAGE sql STABLE SET work_mem = '256MB' AS $$
    {" UNION ALL ".join(parts)}
$$
"""


def _difference(name: str, kept: str, true: str) -> str:
    # Rows of either that the other does not have, as often.
    return f"""
    SELECT '{name}', (SELECT count(*) FROM ({kept} EXCEPT ALL {true}) more)
        + (SELECT count(*) FROM ({true} EXCEPT ALL {kept}) less)"""


# As in 0007; what is watched has grown by what the figures know besides.
WATCHED = {
    "Order": (
        "client",
        '"userId"',
        'id, status, level, amount, currency, "paidAt", "createdAt"',
        """, CASE WHEN status = 'REFUNDED' THEN "updatedAt" END""",
    ),
    "SpiritualPath": ("client", '"userId"', "id", ', archetype, "startedAt"'),
    "PathStep": (
        "path",
        '"spiritualPathId"',
        '"dayNumber", "isCompleted", "completedAt", "unlockedAt"',
        ', "actionType", "originReadingId"',
    ),
}
NOTE_REFUNDS = """
CREATE FUNCTION desk.note_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO desk.change (kind, row_id) SELECT DISTINCT 'refund', id FROM old_rows;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO desk.change (kind, row_id) SELECT DISTINCT 'refund', id FROM new_rows;
    END IF;
    RETURN NULL;
END
$$
"""
EVENTS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
}


def upgrade() -> None:
    for statement in (STATE, ORDER_FACT, REFUND_FACT, PATH_FACT, *(rollup_table(name) for name in ROLLUPS)):
        op.execute(statement)
    for name, definition in FACT_INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON desk.{definition}")
    op.execute(order_facts("order_facts", "clients text[]", 'o."userId" = ANY (clients)'))
    op.execute(order_facts("all_order_facts", "", "true"))
    op.execute(
        refund_facts(
            "refund_facts",
            "clients text[], refunds text[]",
            "(f.client_id = ANY (clients) OR r.id = ANY (refunds))",
            "f.client_id = ANY (clients)",
        )
    )
    op.execute(refund_facts("all_refund_facts", "", "true", "true"))
    op.execute(path_facts("path_facts", "clients text[]", 'w."userId" = ANY (clients)'))
    op.execute(path_facts("all_path_facts", "", "true"))
    op.execute(REFRESH)
    op.execute(REBUILD)
    op.execute(differences())
    op.execute(NOTE_REFUNDS)
    for event, rows in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER note_{event.lower()} AFTER {event} ON desk.refund {rows}"
            " FOR EACH STATEMENT EXECUTE FUNCTION desk.note_refund()"
        )
    for table, (kind, row_id, columns, more) in WATCHED.items():
        op.execute(note_function(table, kind, row_id, columns + more))
    op.execute(BEGIN)


def note_function(table: str, kind: str, row_id: str, columns: str) -> str:
    known = f"{row_id} AS row_id, {columns}"
    return f"""
CREATE OR REPLACE FUNCTION desk.note_{table.lower()}() RETURNS trigger
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
"""


def downgrade() -> None:
    for table, (kind, row_id, columns, _) in WATCHED.items():
        op.execute(note_function(table, kind, row_id, columns))
    for event in EVENTS:
        op.execute(f"DROP TRIGGER note_{event.lower()} ON desk.refund")
    op.execute("DELETE FROM desk.change WHERE kind = 'refund'")
    for function in (
        *("note_refund()", "rollup_differences()", "rebuild_rollups(text)", "refresh_facts(text[], text[])"),
        *("all_path_facts()", "path_facts(text[])", "all_refund_facts()", "refund_facts(text[], text[])"),
        *("all_order_facts()", "order_facts(text[])"),
    ):
        op.execute(f"DROP FUNCTION desk.{function}")
    for table in (*ROLLUPS, "path_fact", "refund_fact", "order_fact", "rollup"):
        op.execute(f"DROP TABLE desk.{table}")
