"""What Stripe and the database can disagree about, each as the SQL that finds it among what a look has read.

Every query gives object_id, intent_id, order_id, amount, currency, happened_at and facts; its parameters are the look
(``task``) and its window (``since``, ``until``).
"""

from collections.abc import Mapping

from lumira_db.states import FindingKind

_PAID = "m.task_id = :task AND m.kind = 'charge' AND m.status = 'succeeded'"
_INSIDE = "m.created_at >= :since AND m.created_at < :until"
# The ledger knows that this payment succeeded.
_KNOWN_HERE = """EXISTS (SELECT FROM desk.payment p WHERE p.intent_id = m.intent_id
    AND COALESCE(p.succeeded_at, p.charged_at) IS NOT NULL)"""
# Lines of the balance that are about the account, not about a sale.
_OF_ACCOUNT = """('payout', 'payout_cancel', 'payout_failure', 'payout_minimum_balance_hold',
    'payout_minimum_balance_release', 'stripe_fee', 'stripe_fx_fee', 'tax_fee', 'topup', 'topup_reversal',
    'reserve_transaction', 'reserved_funds', 'network_cost', 'advance', 'advance_funding', 'anticipation_repayment')"""

COMPARISONS: Mapping[FindingKind, str] = {
    FindingKind.PAID_THERE_ONLY: f"""
        SELECT m.id AS object_id, m.intent_id, o.id AS order_id, m.amount, m.currency, m.created_at AS happened_at,
            jsonb_build_object('status', o.status) AS facts
        FROM desk.stripe_mirror m JOIN "Order" o ON o.id = m.order_id
        WHERE {_PAID} AND {_INSIDE} AND (
            -- Also when the ledger knows better: the platform wrote over what the payment had made of the order.
            o."paidAt" IS NULL OR (NOT {_KNOWN_HERE} AND o."paymentIntentId" <> m.intent_id))
    """,  # noqa: S608 - likewise
    FindingKind.AMOUNT_DIFFERS: f"""
        SELECT m.id AS object_id, m.intent_id, o.id AS order_id, m.amount, m.currency, m.created_at AS happened_at,
            jsonb_build_object('here', o.amount, 'here_currency', lower(o.currency)) AS facts
        FROM desk.stripe_mirror m JOIN "Order" o ON o.id = m.order_id
        WHERE {_PAID} AND {_INSIDE} AND (m.amount <> o.amount OR m.currency <> lower(o.currency))
    """,  # noqa: S608 - likewise
    FindingKind.REFUNDED_THERE_ONLY: f"""
        SELECT m.id AS object_id, m.intent_id, o.id AS order_id, m.amount, m.currency, m.created_at AS happened_at,
            jsonb_build_object('status', o.status) AS facts
        FROM desk.stripe_mirror m JOIN "Order" o ON o.id = m.order_id
        WHERE m.task_id = :task AND m.kind = 'refund' AND m.status = 'succeeded' AND {_INSIDE}
            AND o.status <> 'REFUNDED'
            AND NOT EXISTS (SELECT FROM desk.refund r WHERE r.id = m.id AND r.succeeded_at IS NOT NULL)
            AND NOT EXISTS (SELECT FROM desk.payment p WHERE p.intent_id = m.intent_id
                AND p.fully_refunded_at IS NOT NULL)
    """,  # noqa: S608 - likewise
    FindingKind.UNMATCHED: f"""
        SELECT m.id AS object_id, m.intent_id, NULL::text AS order_id, m.amount, m.currency,
            m.created_at AS happened_at, jsonb_build_object('refunded', m.refunded) AS facts
        FROM desk.stripe_mirror m
        WHERE {_PAID} AND {_INSIDE} AND m.order_id IS NULL AND NOT m.of_product_order
    """,  # noqa: S608 - likewise
    FindingKind.PAID_TWICE: f"""
        SELECT t.order_id AS object_id, t.intent_id, t.order_id, t.amount, t.currency, t.happened_at,
            jsonb_build_object('payments', t.payments) AS facts
        FROM (
            SELECT k.order_id, count(DISTINCT k.intent_id) AS payments,
                (array_agg(k.intent_id ORDER BY k.at DESC, k.intent_id DESC))[1] AS intent_id,
                sum(k.amount) AS amount, max(k.currency) AS currency, max(k.inside) AS happened_at
            FROM (
                SELECT m.order_id, m.intent_id, m.amount, m.currency, m.created_at AS at,
                    CASE WHEN {_INSIDE} THEN m.created_at END AS inside
                FROM desk.stripe_mirror m
                WHERE {_PAID} AND m.order_id IS NOT NULL AND m.refunded < m.amount
                UNION ALL
                SELECT p.order_id, p.intent_id, p.amount, p.currency, COALESCE(p.charged_at, p.succeeded_at), NULL
                FROM desk.payment p
                WHERE p.order_id IN (SELECT m.order_id FROM desk.stripe_mirror m WHERE {_PAID} AND {_INSIDE})
                    AND COALESCE(p.succeeded_at, p.charged_at) IS NOT NULL AND p.fully_refunded_at IS NULL
                    AND NOT EXISTS (SELECT FROM desk.stripe_mirror m WHERE {_PAID} AND m.intent_id = p.intent_id)
                    AND COALESCE(p.amount, 0) > (SELECT COALESCE(sum(r.amount), 0) FROM desk.refund r
                        WHERE r.intent_id = p.intent_id AND r.succeeded_at IS NOT NULL)
            ) k
            GROUP BY k.order_id HAVING count(DISTINCT k.intent_id) > 1 AND max(k.inside) IS NOT NULL
        ) t
    """,  # noqa: S608 - likewise
    # Of a charge that was read, the charge itself is what is found or not; its line says nothing new.
    FindingKind.BALANCE_UNEXPLAINED: f"""
        SELECT m.id AS object_id, m.intent_id, NULL::text AS order_id, m.amount, m.currency,
            m.created_at AS happened_at, jsonb_build_object('type', m.status, 'source', m.source_id) AS facts
        FROM desk.stripe_mirror m
        WHERE m.task_id = :task AND m.kind = 'balance' AND {_INSIDE} AND m.status NOT IN {_OF_ACCOUNT}
            AND NOT EXISTS (SELECT FROM desk.stripe_mirror s WHERE s.task_id = :task AND s.kind = 'charge'
                AND s.id = m.source_id)
            AND NOT EXISTS (SELECT FROM desk.stripe_mirror s WHERE s.task_id = :task
                AND s.kind IN ('refund', 'dispute') AND s.id = m.source_id
                AND (s.order_id IS NOT NULL OR s.of_product_order OR EXISTS (SELECT FROM desk.stripe_mirror c
                    WHERE c.task_id = :task AND c.kind = 'charge' AND c.id = s.source_id)))
            AND NOT EXISTS (SELECT FROM desk.payment p WHERE p.charge_id = m.source_id AND p.order_id IS NOT NULL)
            AND NOT EXISTS (SELECT FROM desk.refund r WHERE r.id = m.source_id AND r.order_id IS NOT NULL)
            AND NOT EXISTS (SELECT FROM desk.dispute d WHERE d.id = m.source_id AND d.order_id IS NOT NULL)
    """,  # noqa: S608 - likewise
}
# Paid here, and nothing that was read is its payment. Stripe is asked about each by name before anything is said.
SUSPECTS = f"""
    SELECT o.id, ARRAY(SELECT p.intent_id FROM desk.payment p WHERE p.order_id = o.id
            AND COALESCE(p.succeeded_at, p.charged_at) IS NOT NULL
        UNION SELECT o."paymentIntentId" WHERE o."paymentIntentId" IS NOT NULL)
    FROM "Order" o
    WHERE o."paidAt" IS NOT NULL
        AND COALESCE(o."paidAt", TIMESTAMP '1970-01-01') >= :since AT TIME ZONE 'UTC'
        AND COALESCE(o."paidAt", TIMESTAMP '1970-01-01') < :until AT TIME ZONE 'UTC'
        AND o.amount > 0 AND o.id > :after
        AND NOT EXISTS (SELECT FROM desk.stripe_mirror m WHERE {_PAID} AND m.order_id = o.id)
    ORDER BY o.id LIMIT :limit
"""  # noqa: S608 - our own words, bound values
ABSENT = """
    SELECT o.id AS object_id, o."paymentIntentId" AS intent_id, o.id AS order_id, o.amount::bigint AS amount,
        lower(o.currency) AS currency, o."paidAt" AT TIME ZONE 'UTC' AS happened_at,
        jsonb_build_object('there', r.there) AS facts
    FROM jsonb_to_recordset(:rows) AS r(order_id text, there text)
    JOIN "Order" o ON o.id = r.order_id AND o."paidAt" IS NOT NULL
"""
