"""The figures of the money that came in. Cents never mix currencies (DOMAIN §4: revenue is what was paid)."""

from lumira_db.i18n_marker import N_
from lumira_db.metrics.kinds import Adds, Metric, Unit

_PAID_THEN = """"paidAt" IS NOT NULL
          AND COALESCE("paidAt", TIMESTAMP '1970-01-01') >= :start
          AND COALESCE("paidAt", TIMESTAMP '1970-01-01') < :end"""

PAID_REVENUE = Metric(
    code="paid",
    name=N_("Paid revenue"),
    unit=Unit.CENTS,
    adds=Adds.SUM,
    definition=N_(
        "Orders by the day of their payment, whatever became of them since; refunds are counted apart, "
        "abandoned carts never. One sum per currency."
    ),
    sql=f"""
        SELECT lower(currency) AS currency, count(*) AS orders, sum(amount)::bigint AS cents
        FROM "Order"
        WHERE {_PAID_THEN}
        GROUP BY lower(currency)
        ORDER BY cents DESC, lower(currency)
    """,
)

REFUNDS = Metric(
    code="refunds",
    name=N_("Refunds"),
    unit=Unit.CENTS,
    adds=Adds.SUM,
    definition=N_(
        "Money given back, by the day on which Stripe said so. A refunded order of which the ledger knows no refund "
        "counts whole, at its last change, and is marked as estimated."
    ),
    sql="""
        SELECT currency, count(*) AS refunds, sum(amount)::bigint AS cents,
            COALESCE(sum(amount) FILTER (WHERE estimated), 0)::bigint AS estimated_cents
        FROM (
            SELECT lower(currency) AS currency, amount, succeeded_at AT TIME ZONE 'UTC' AS at, false AS estimated
            FROM desk.refund WHERE succeeded_at IS NOT NULL
            UNION ALL
            SELECT lower(o.currency), o.amount, o."updatedAt", true FROM "Order" o
            WHERE o.status = 'REFUNDED' AND o."paidAt" IS NOT NULL AND NOT EXISTS (
                SELECT FROM desk.refund r WHERE r.order_id = o.id AND r.succeeded_at IS NOT NULL)
        ) refunded
        WHERE at >= :start AND at < :end GROUP BY currency ORDER BY currency
    """,
)

NET = Metric(
    code="net",
    name=N_("Net"),
    unit=Unit.CENTS,
    adds=Adds.SUM,
    definition=N_("What was paid in the period less what was given back in it, whenever that had been paid."),
    sql=f"""
        SELECT currency, sum(cents)::bigint AS cents FROM (
            SELECT currency, cents FROM ({PAID_REVENUE.sql}) paid
            UNION ALL
            SELECT currency, -cents FROM ({REFUNDS.sql}) refunds
        ) both_ways GROUP BY currency ORDER BY currency
    """,
)

ORDERS = Metric(
    code="orders",
    name=N_("Orders"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_("Orders that were paid, by the day of their payment, those refunded since among them."),
    sql=PAID_REVENUE.sql,
)

AVERAGE_ORDER = Metric(
    code="average",
    name=N_("Average order"),
    unit=Unit.CENTS,
    adds=Adds.RATIO,
    definition=N_("What was paid, divided by the orders that were paid."),
    sql=f"""
        SELECT currency, cents::numeric / orders AS cents FROM ({PAID_REVENUE.sql}) paid
    """,
)

CLIENTS = Metric(
    code="clients",
    name=N_("Clients"),
    unit=Unit.COUNT,
    adds=Adds.DISTINCT,
    definition=N_("Clients who paid at least one order in the period; each counts once."),
    sql=f"""
        SELECT lower(currency) AS currency, count(DISTINCT "userId") AS clients
        FROM "Order"
        WHERE {_PAID_THEN}
        GROUP BY lower(currency) ORDER BY lower(currency)
    """,
)

NEW_CLIENTS = Metric(
    code="new_share",
    name=N_("New clients"),
    unit=Unit.SHARE,
    adds=Adds.DISTINCT,
    definition=N_(
        "Of the clients who paid in the period, the share whose first paid order, in any currency, is among its orders."
    ),
    sql=f"""
        SELECT lower(currency) AS currency,
            count(*) FILTER (WHERE id = (
                SELECT f.id FROM "Order" f WHERE f."userId" = "Order"."userId" AND f."paidAt" IS NOT NULL
                ORDER BY f."paidAt", f.id LIMIT 1))::numeric / count(DISTINCT "userId") AS share
        FROM "Order"
        WHERE {_PAID_THEN}
        GROUP BY lower(currency) ORDER BY lower(currency)
    """,
)

CONVERSION = Metric(
    code="conversion",
    name=N_("Conversion"),
    unit=Unit.SHARE,
    adds=Adds.RATIO,
    definition=N_(
        "Of the checkouts begun in the period (orders that were paid, are pending, or whose payment failed), the share "
        "that has been paid since."
    ),
    sql="""
        SELECT lower(currency) AS currency, count(*) AS checkouts, count("paidAt") AS paid,
            count("paidAt")::numeric / count(*) AS share
        FROM "Order"
        WHERE "createdAt" >= :start AND "createdAt" < :end
          AND ("paidAt" IS NOT NULL OR status IN ('PENDING', 'FAILED'))
        GROUP BY lower(currency) ORDER BY lower(currency)
    """,
)

ABANDONED_CARTS = Metric(
    code="abandoned",
    name=N_("Abandoned carts"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_("Checkouts begun in the period that are still pending; they are in no revenue."),
    sql="""
        SELECT lower(currency) AS currency, count(*) AS carts, sum(amount)::bigint AS cents
        FROM "Order"
        WHERE "createdAt" >= :start AND "createdAt" < :end AND "paidAt" IS NULL AND status = 'PENDING'
        GROUP BY lower(currency) ORDER BY lower(currency)
    """,
)

REPEAT_PURCHASE = Metric(
    code="repeat",
    name=N_("Repeat purchase"),
    unit=Unit.SHARE,
    adds=Adds.RATIO,
    definition=N_(
        "Clients by the month of their first paid order: the share that paid a second one by the end of each month "
        "after."
    ),
    sql="""
        SELECT count(*) AS clients, count(second) AS repeated FROM (
            SELECT min("paidAt") AS first, (array_agg("paidAt" ORDER BY "paidAt", id))[2] AS second
            FROM "Order" WHERE "paidAt" IS NOT NULL GROUP BY "userId"
        ) client WHERE first >= :start AND first < :end
    """,
)

LIFETIME_VALUE = Metric(
    code="lifetime",
    name=N_("Lifetime value"),
    unit=Unit.CENTS,
    adds=Adds.RATIO,
    definition=N_(
        "Clients whose first paid order lies in the period, by its level: everything they paid until today less "
        "refunds, in the currency of that order, divided by their number."
    ),
    sql="""
        SELECT f.level, lower(f.currency) AS currency, count(DISTINCT f."userId") AS clients,
            sum(o.amount - COALESCE(g.cents, CASE WHEN o.status = 'REFUNDED' THEN o.amount ELSE 0 END))::bigint AS cents
        FROM (
            SELECT DISTINCT ON ("userId") "userId", level, currency, "paidAt" FROM "Order"
            WHERE "paidAt" IS NOT NULL ORDER BY "userId", "paidAt", id
        ) f
        JOIN "Order" o ON o."userId" = f."userId" AND o."paidAt" IS NOT NULL AND lower(o.currency) = lower(f.currency)
        LEFT JOIN (
            SELECT order_id, lower(currency) AS currency, sum(amount) AS cents FROM desk.refund
            WHERE succeeded_at IS NOT NULL GROUP BY 1, 2
        ) g ON g.order_id = o.id AND g.currency = lower(o.currency)
        WHERE f."paidAt" >= :start AND f."paidAt" < :end
        GROUP BY f.level, lower(f.currency) ORDER BY f.level, lower(f.currency)
    """,
)

REFUND_RATE = Metric(
    code="refund_rate",
    name=N_("Refund rate"),
    unit=Unit.SHARE,
    adds=Adds.RATIO,
    definition=N_(
        "Of the orders paid in the period, the share of which something has been given back since, whenever that was."
    ),
    sql=f"""
        SELECT level, lower(currency) AS currency, count(*) AS orders,
            count(*) FILTER (WHERE status = 'REFUNDED' OR EXISTS (
                SELECT FROM desk.refund r WHERE r.order_id = "Order".id AND r.succeeded_at IS NOT NULL)) AS refunded
        FROM "Order"
        WHERE {_PAID_THEN}
        GROUP BY level, lower(currency) ORDER BY level, lower(currency)
    """,
)

OFF_CATALOGUE = Metric(
    code="off_catalogue",
    name=N_("Off the catalogue"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_(
        "Orders paid in the period whose amount is that of no product of their level and currency, as the catalogue "
        "stands today."
    ),
    sql=f"""
        SELECT level, lower(currency) AS currency, amount, count(*) AS orders
        FROM "Order"
        WHERE {_PAID_THEN}
          AND NOT EXISTS (
              SELECT FROM "Product" p
              WHERE p."amountCents" = "Order".amount AND lower(p.currency) = lower("Order".currency)
                AND p.level::text = (ARRAY['INITIE', 'MYSTIQUE', 'PROFOND', 'INTEGRALE'])["Order".level])
        GROUP BY level, lower(currency), amount ORDER BY level, lower(currency), amount
    """,
)

REVENUE = (
    *(PAID_REVENUE, REFUNDS, NET, ORDERS, AVERAGE_ORDER, CLIENTS, NEW_CLIENTS, CONVERSION, ABANDONED_CARTS),
    *(REPEAT_PURCHASE, LIFETIME_VALUE, REFUND_RATE, OFF_CATALOGUE),
)
