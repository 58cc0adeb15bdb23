"""Millions of invented orders and steps for the figures: made inside PostgreSQL, with nothing that figures do not read.

Four years of orders, more every year; a client in five buys often. Two currencies, carts that were abandoned, refunds
with and without a line in the ledger, prices off the catalogue, and paths that stall.
"""

from collections.abc import Callable

import psycopg

from dashboard.seed.bare import bare
from lumira_db.engine import parse_url

VERSION = 1
_CHUNK = 250_000
_TABLES = [("public", name) for name in ("User", "Order", "SpiritualPath", "PathStep")]
_FACTS = [("desk", name) for name in ("order_fact", "refund_fact", "path_fact", "work_fact")]
_PRODUCTS = """
INSERT INTO "Product" (id, name, description, "amountCents", level, "updatedAt")
SELECT lower(name), name, '', cents, name::"ProductLevel", now() AT TIME ZONE 'UTC'
FROM (VALUES ('INITIE', 900), ('MYSTIQUE', 2900), ('PROFOND', 5900), ('INTEGRALE', 9900)) AS p (name, cents)
ON CONFLICT DO NOTHING
"""
_CLIENTS = """
INSERT INTO "User" (id, email, "firstName", "lastName", source, "createdAt", "updatedAt")
SELECT 'c' || n, 'c' || n || '@example.org', 'Camille', 'Martin',
    (ARRAY['instagram', 'google', 'ami', NULL, 'salon', 'tiktok'])[1 + floor(random() * 6)::int], now(), now()
FROM generate_series(%(first)s::int, %(last)s::int) n
"""
_ORDERS = """
INSERT INTO "Order" (id, "orderNumber", "userId", "userEmail", level, amount, currency, status, "paidAt", "formData",
    "deliveredAt", "createdAt", "updatedAt")
SELECT 'o' || n, 'LU' || n, 'c' || client, '', level,
    CASE WHEN luck < 0.99 THEN (ARRAY[900, 2900, 5900, 9900])[level] ELSE 500 + floor(random() * 4)::int * 100 END,
    CASE WHEN client %% 12 = 0 THEN 'usd' ELSE 'eur' END,
    (CASE WHEN fate < 0.15 THEN 'PENDING' WHEN fate < 0.18 THEN 'FAILED' WHEN fate < 0.21 THEN 'REFUNDED'
          WHEN at > %(now)s::timestamp - interval '2 days' THEN 'AWAITING_VALIDATION'
          ELSE 'COMPLETED' END)::"OrderStatus",
    CASE WHEN fate >= 0.18 THEN at + interval '5 minutes' END, '{}',
    CASE WHEN fate >= 0.21 AND at <= %(now)s::timestamp - interval '2 days' THEN at + luck * interval '46 hours' END,
    at, at + luck * interval '9 days'
FROM (
    SELECT n, random() AS fate, random() AS luck, 1 + floor(random() ^ 2 * 4)::int AS level,
        1 + floor(random() ^ 1.6 * %(clients)s)::int AS client,
        %(now)s::timestamp - (1 - sqrt(random())) * interval '1461 days' AS at
    FROM generate_series(%(first)s::int, %(last)s::int) n
) made
"""
_REFUNDS = """
INSERT INTO desk.refund (id, order_id, amount, currency, status, created_at, succeeded_at, said_at)
SELECT 're' || id, id, amount, currency, 'succeeded', "updatedAt", "updatedAt" AT TIME ZONE 'UTC', "updatedAt"
FROM "Order" WHERE status = 'REFUNDED' AND level <> 4
"""
_PATHS = """
INSERT INTO "SpiritualPath" (id, "userId", archetype, synthesis, "startedAt", "createdAt", "updatedAt")
SELECT 'p' || n, 'c' || n, (ARRAY['Le Guide', 'La Source', 'Le Veilleur', 'La Flamme', 'Le Passeur', 'La Racine'])
    [1 + n %% 6], '', at, at, at
FROM (
    SELECT n, %(now)s::timestamp - (1 - sqrt(random())) * interval '1400 days' AS at
    FROM generate_series(%(first)s::int, %(last)s::int) n
) made
"""
_STEPS = """
INSERT INTO "PathStep" (id, "spiritualPathId", "dayNumber", title, description, synthesis, archetype, "actionType",
    "isCompleted", "completedAt", "unlockedAt", "createdAt", "updatedAt", "originReadingId")
SELECT p.id || '-' || day, p.id, day, '', '', '', '', (ARRAY['MANTRA', 'RITUAL', 'JOURNALING', 'MEDITATION',
        'REFLECTION'])[1 + day %% 5]::"PathActionType",
    day <= done, CASE WHEN day <= done THEN p."startedAt" + day * interval '1 day' + random() * interval '20 hours' END,
    CASE WHEN day <= done + opened THEN p."startedAt" + (day - 1) * interval '1 day' END, p."startedAt", p."startedAt",
    'o' || n
FROM (
    SELECT n, 'p' || n AS id, floor(random() * 8)::int AS done, floor(random() * 2)::int AS opened
    FROM generate_series(%(first)s::int, %(last)s::int) n
) made
JOIN "SpiritualPath" p USING (id) CROSS JOIN generate_series(1, 7) day
"""


def fill(url: str, *, orders: int, steps: int, now: str, progress: Callable[[str, int, int], object]) -> None:
    """``orders`` orders of a fifth as many clients, and paths with ``steps`` steps; then everything is counted."""
    address = parse_url(url)[0].set(drivername="postgresql").render_as_string(hide_password=False)
    clients, paths = max(orders // 5, steps // 7), steps // 7
    with psycopg.connect(address) as connection:
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET statement_timeout = 0")
        # The whole is counted in one go at the end.
        connection.execute("SET desk.quiet = 'on'")
        connection.execute("SELECT setseed(0.5)")
        connection.execute(_PRODUCTS)
        with bare(connection, _TABLES):
            parts = [("Clients", _CLIENTS, clients), ("Orders", _ORDERS, orders), ("Paths", _PATHS, paths)]
            for what, statement, count in (*parts, ("Steps", _STEPS, paths)):
                for first in range(1, count + 1, _CHUNK):
                    last = min(first + _CHUNK - 1, count)
                    values = {"first": first, "last": last, "clients": clients, "now": now}
                    connection.execute(statement, values)
                    progress(what, last, count)
                if what == "Paths":
                    connection.execute('ANALYZE "SpiritualPath"')
            progress("Indexes", 0, 1)
        connection.commit()
        connection.execute('ANALYZE "User", "Order", "SpiritualPath", "PathStep"')
        connection.execute(_REFUNDS)
        connection.execute("DELETE FROM desk.change")
        progress("Sums", 0, 1)
        connection.execute("ANALYZE desk.refund, desk.rollup")
        with bare(connection, _FACTS):
            connection.execute("SELECT desk.rebuild_figures(zone) FROM desk.rollup")
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")
