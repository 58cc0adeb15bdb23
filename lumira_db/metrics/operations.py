"""The figures of the desk's own work: what waits, how long it takes, what is sent back, what fails."""

from lumira_db.i18n_marker import N_
from lumira_db.metrics.kinds import Adds, Metric, Unit

# Work begins with the payment (a free reading's with its order) and ends with the first approval that the Desk keeps,
# with the delivery of a reading that it does not know the approval of, or with the refund.
WORK = """
    SELECT o.id, o.level, o.status::text AS status, COALESCE(o."paidAt", o."createdAt") AS entered_at,
        a.approved_at, a.author_id, o."deliveredAt" AS delivered_at,
        CASE WHEN o.status IN ('PAID', 'PROCESSING', 'AWAITING_VALIDATION', 'FAILED') THEN NULL
             WHEN o.status = 'REFUNDED' THEN LEAST(a.approved_at, o."deliveredAt", o."updatedAt")
             ELSE COALESCE(a.approved_at, o."deliveredAt", o."updatedAt") END AS left_at
    FROM "Order" o
    LEFT JOIN LATERAL (
        SELECT v.created_at AT TIME ZONE 'UTC' AS approved_at, v.author_id
        FROM desk.reading_version v WHERE v.order_id = o.id AND v.origin = 'APPROVED' ORDER BY v.number LIMIT 1
    ) a ON true
    WHERE o.status <> 'PENDING' AND (o."paidAt" IS NOT NULL OR o.status NOT IN ('FAILED', 'REFUNDED'))"""

FAILED_GENERATION = """state = 'FAILED' AND COALESCE(error, '')
          NOT IN ('Another request took its place.', 'The order is not in production any more.')"""
"""SQL of ``desk.generation``: the generator failed, and it was not we who closed the request."""


# The period's ends for columns that know their zone: written so that an index of them is of use.
_START, _END = (f"CAST(:{end} AS timestamp) AT TIME ZONE 'UTC'" for end in ("start", "end"))


def error_words(column: str) -> str:
    """SQL: what was said, shortened, without addresses and digits: the same failure is the same words, and names no
    client."""
    nobodys = f"regexp_replace(left(COALESCE({column}, ''), 400), '[^ <>@]+@[^ <>]+', '…', 'g')"
    return f"left(regexp_replace({nobodys}, '[0-9]+', '#', 'g'), 160)"


BACKLOG = Metric(
    code="backlog",
    name=N_("Backlog"),
    unit=Unit.COUNT,
    adds=Adds.MOMENT,
    definition=N_(
        "Orders that were paid (or free) and whose reading had not been approved at the end of the day, by the time "
        "they had waited. Refunded orders left when they were refunded; reopened ones count as never left."
    ),
    sql=f"""
        SELECT level, count(*) AS orders FROM ({WORK}) work
        WHERE entered_at < :end AND (left_at IS NULL OR left_at >= :end) GROUP BY level ORDER BY level
    """,
)

TIME_TO_VALIDATE = Metric(
    code="hours_to_validate",
    name=N_("From payment to approval"),
    unit=Unit.HOURS,
    adds=Adds.QUANTILE,
    definition=N_(
        "Readings first approved in the period: the time since the payment, median and 90th percentile, to the minute. "
        "Approvals from before the Desk are not known."
    ),
    sql=f"""
        SELECT level, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
            ORDER BY ceil(extract(epoch FROM approved_at - entered_at) / 60) / 60) AS hours
        FROM ({WORK}) work
        WHERE approved_at >= :start AND approved_at < :end AND approved_at >= entered_at GROUP BY level ORDER BY level
    """,
)

TIME_TO_DELIVER = Metric(
    code="hours_to_deliver",
    name=N_("From payment to delivery"),
    unit=Unit.HOURS,
    adds=Adds.QUANTILE,
    definition=N_(
        "Orders delivered in the period: the time since the payment, median and 90th percentile, to the minute."
    ),
    sql=f"""
        SELECT level, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (
            ORDER BY ceil(extract(epoch FROM delivered_at - entered_at) / 60) / 60) AS hours
        FROM ({WORK}) work
        WHERE delivered_at >= :start AND delivered_at < :end AND delivered_at >= entered_at
        GROUP BY level ORDER BY level
    """,
)

KEPT_PROMISE = Metric(
    code="kept_promise",
    name=N_("Promise kept"),
    unit=Unit.SHARE,
    adds=Adds.RATIO,
    definition=N_("Of the orders delivered in the period, the share that was within the time promised for its level."),
    sql=TIME_TO_DELIVER.sql,
)

_DECISIONS = f"""
        SELECT a.action, count(DISTINCT a.subject_id) AS readings
        FROM desk.audit a JOIN "Order" o ON o.id = a.subject_id
        WHERE a.action IN ('order.approve', 'order.request_revision', 'order.reject')
          AND a.at >= {_START} AND a.at < {_END}
        GROUP BY a.action ORDER BY a.action
    """

APPROVALS = Metric(
    code="approvals",
    name=N_("Approved readings"),
    unit=Unit.COUNT,
    adds=Adds.DISTINCT,
    definition=N_(
        "Readings approved on the Desk in the period; one that was reopened and approved again in it counts once."
    ),
    sql=_DECISIONS,
)

REVISION_RATE = Metric(
    code="revision_rate",
    name=N_("Revisions"),
    unit=Unit.SHARE,
    adds=Adds.RATIO,
    definition=N_(
        "Of the readings approved, sent back and rejected in the period, the share that was sent back for revision; a "
        "reading counts once for each kind of decision."
    ),
    sql=_DECISIONS,
)

REJECTION_RATE = Metric(
    code="rejection_rate",
    name=N_("Rejections"),
    unit=Unit.SHARE,
    adds=Adds.RATIO,
    definition=N_(
        "Of the readings approved, sent back and rejected in the period, the share that was rejected; a reading counts "
        "once for each kind of decision."
    ),
    sql=_DECISIONS,
)

MINUTES_PER_READING = Metric(
    code="minutes_per_reading",
    name=N_("Minutes per reading"),
    unit=Unit.MINUTES,
    adds=Adds.QUANTILE,
    definition=N_(
        "From the last time that the expert took the order until they approved it, median; over eight hours they "
        "were not at work on it all the time, and it is left out."
    ),
    sql=f"""
        SELECT d.actor_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM d.at - t.at) / 60) AS minutes
        FROM desk.audit d JOIN "Order" o ON o.id = d.subject_id
        JOIN LATERAL (
            SELECT max(at) AS at FROM desk.audit t
            WHERE t.subject_id = d.subject_id AND t.actor_id = d.actor_id AND t.id < d.id
              AND t.action IN ('order.take', 'order.take_over')
        ) t ON t.at > d.at - interval '8 hours'
        WHERE d.action = 'order.approve'
          AND d.at >= {_START} AND d.at < {_END}
        GROUP BY d.actor_id ORDER BY d.actor_id
    """,
)

TEXT_CHANGED = Metric(
    code="text_changed",
    name=N_("Text changed"),
    unit=Unit.SHARE,
    adds=Adds.RATIO,
    definition=N_(
        "Of the words of the readings approved in the period, the share that was not in the generator's last version."
    ),
    sql=f"""
        SELECT author_id, count(*) AS readings, sum(changed_words) AS changed, sum(words) AS words
        FROM desk.reading_version
        WHERE origin = 'APPROVED' AND changed_words IS NOT NULL AND created_at >= {_START} AND created_at < {_END}
        GROUP BY author_id ORDER BY author_id
    """,
)

GENERATOR_FAILURES = Metric(
    code="generator_failures",
    name=N_("Generator failures"),
    unit=Unit.COUNT,
    adds=Adds.DISTINCT,
    definition=N_(
        "Orders for which the generator ended a request in the period without a reading, by what it said (digits left "
        "out), and its requests. Requests that we closed ourselves are none."
    ),
    sql=f"""
        SELECT {error_words("g.error")} AS error, count(*) AS requests, count(DISTINCT o.id) AS orders
        FROM desk.generation g JOIN "Order" o ON o.id = g.order_id
        WHERE {FAILED_GENERATION}
          AND g.answered_at >= {_START} AND g.answered_at < {_END}
        GROUP BY 1 ORDER BY 3 DESC, 2 DESC, 1
    """,
)

DELIVERIES = Metric(
    code="deliveries",
    name=N_("Deliveries"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_("Deliveries planned in the period, by channel and by what became of them."),
    sql=f"""
        SELECT d.channel, d.state, {error_words("d.last_error")} AS error, count(*) AS deliveries
        FROM desk.delivery d JOIN "Order" o ON o.id = d.order_id
        WHERE d.created_at >= {_START} AND d.created_at < {_END}
        GROUP BY 1, 2, 3 ORDER BY 1, 2, 4 DESC, 3
    """,
)

OPERATIONS = (
    *(BACKLOG, TIME_TO_VALIDATE, TIME_TO_DELIVER, KEPT_PROMISE, APPROVALS, REVISION_RATE, REJECTION_RATE),
    *(MINUTES_PER_READING, TEXT_CHANGED, GENERATOR_FAILURES, DELIVERIES),
)
