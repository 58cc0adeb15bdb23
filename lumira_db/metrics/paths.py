"""The figures of what follows a reading: the seven days, insights, chats. All of the path come from its steps."""

from lumira_db.i18n_marker import N_
from lumira_db.metrics.kinds import Adds, Metric, Unit

# A day counts as done when it and all before it are: the funnel never widens. ``since`` is when the day that is open
# now was unlocked; without it, the system never opened that day (DOMAIN §5).
WALKS = """
    SELECT w.id, w."userId" AS client_id, w.archetype, w."startedAt" AS started_at, s.open_day, s.since, s.last_done_at,
        GREATEST(LEAST(COALESCE(s.open_day - 1, s.last_day), 7), 0) AS days_done, o.level
    FROM "SpiritualPath" w
    JOIN (
        SELECT "spiritualPathId" AS path_id, max("dayNumber") AS last_day, max("completedAt") AS last_done_at,
            min("dayNumber") FILTER (WHERE NOT "isCompleted") AS open_day,
            (array_agg("unlockedAt" ORDER BY "dayNumber") FILTER (WHERE NOT "isCompleted"))[1] AS since,
            (array_agg("originReadingId" ORDER BY "dayNumber") FILTER (WHERE "originReadingId" IS NOT NULL))[1]
                AS order_id
        FROM "PathStep" GROUP BY "spiritualPathId"
    ) s ON s.path_id = w.id
    LEFT JOIN "Order" o ON o.id = s.order_id"""
OUTCOME = """CASE WHEN open_day IS NULL THEN 'DONE' WHEN since IS NULL THEN 'LOCKED'
        WHEN since < :now - :silence THEN 'ABANDONED' ELSE 'IN_PROGRESS' END"""

_STARTED = "started_at >= :start AND started_at < :end"
_OUTCOMES = f"""
        SELECT count(*) AS started, {OUTCOME} AS outcome
        FROM ({WALKS}) walk WHERE {_STARTED} GROUP BY 2 ORDER BY 2
    """

STARTED = Metric(
    code="paths_started",
    name=N_("Started"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_("Paths that have steps, by the day on which they were started."),
    sql=f"""
        SELECT count(*) AS started FROM ({WALKS}) walk WHERE {_STARTED}
    """,
)

COMPLETION = Metric(
    code="path_day_done",
    name=N_("Days done"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_(
        "Of the paths started in the period, those whose days up to this one are all done, as they stand now. The "
        "steps say so, not the path's own mark, which was never set."
    ),
    sql=f"""
        SELECT day, count(*) FILTER (WHERE days_done >= day) AS paths
        FROM ({WALKS}) walk CROSS JOIN generate_series(0, 7) day WHERE {_STARTED} GROUP BY day ORDER BY day
    """,
)

DAY_GAP = Metric(
    code="path_day_gap",
    name=N_("Time between days"),
    unit=Unit.HOURS,
    adds=Adds.QUANTILE,
    definition=N_(
        "From the day before being done, or from the start, until this day was done; half of the clients needed less "
        "(median), nine of ten less (90th percentile). To the minute, one that was begun counting whole; days "
        "without a moment are left out."
    ),
    sql=f"""
        SELECT t."dayNumber" AS day, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY ceil(
            extract(epoch FROM t."completedAt" - CASE WHEN t."dayNumber" = 1 THEN started_at ELSE b."completedAt" END)
            / 60) / 60) AS hours
        FROM ({WALKS}) walk
        JOIN "PathStep" t ON t."spiritualPathId" = walk.id AND t."dayNumber" BETWEEN 1 AND walk.days_done
        LEFT JOIN "PathStep" b ON b."spiritualPathId" = walk.id AND b."dayNumber" = t."dayNumber" - 1
        WHERE {_STARTED}
          AND t."completedAt" >= CASE WHEN t."dayNumber" = 1 THEN started_at ELSE b."completedAt" END
        GROUP BY 1 ORDER BY 1
    """,
)

DONE = Metric(
    code="paths_done",
    name=N_("Done"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_("Of the paths started in the period, those of which every step is done now."),
    sql=_OUTCOMES,
)

IN_PROGRESS = Metric(
    code="paths_in_progress",
    name=N_("In progress"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_("Of the paths started in the period, those with a day that is open and not for too long."),
    sql=_OUTCOMES,
)

ABANDONED = Metric(
    code="paths_abandoned",
    name=N_("Abandoned"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_(
        "Of the paths started in the period, those whose open day has waited for the client longer than the silence "
        "that is set: the client stopped."
    ),
    sql=_OUTCOMES,
)

LOCKED = Metric(
    code="paths_locked",
    name=N_("Locked by the system"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_(
        "Of the paths started in the period, those whose next day was never unlocked: the client could not go on, "
        "whatever they wanted."
    ),
    sql=_OUTCOMES,
)

SURVIVAL = Metric(
    code="path_survival",
    name=N_("Still walking"),
    unit=Unit.SHARE,
    adds=Adds.RATIO,
    definition=N_(
        "The estimated share of clients who have not stopped so many days after the start (Kaplan and Meier): who is "
        "done, still in progress or locked by the system counts up to that moment and not as stopped."
    ),
    sql=f"""
        SELECT GREATEST(0, floor(extract(epoch FROM
                CASE WHEN outcome = 'ABANDONED' THEN since
                     WHEN outcome = 'IN_PROGRESS' THEN :now ELSE COALESCE(last_done_at, started_at) END - started_at)
                / 86400))::int AS day,
            count(*) FILTER (WHERE outcome = 'ABANDONED') AS stopped, count(*) AS left_sight
        FROM (SELECT *, {OUTCOME} AS outcome FROM ({WALKS}) walk WHERE {_STARTED}) walk
        GROUP BY 1 ORDER BY 1
    """,
)

INSIGHTS_READ = Metric(
    code="insights_read",
    name=N_("Insights read"),
    unit=Unit.SHARE,
    adds=Adds.RATIO,
    definition=N_("Of the insights made in the period, the share that the client has opened since."),
    sql="""
        SELECT category::text AS category, count(*) AS made, count("viewedAt") AS read,
            percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM "viewedAt" - "createdAt") / 3600)
                FILTER (WHERE "viewedAt" >= "createdAt") AS hours
        FROM "Insight" WHERE "createdAt" >= :start AND "createdAt" < :end
            AND EXISTS (SELECT FROM "User" u WHERE u.id = "userId") GROUP BY category ORDER BY category
    """,
)

TIME_TO_READ = Metric(
    code="insight_hours",
    name=N_("Time to read"),
    unit=Unit.HOURS,
    adds=Adds.QUANTILE,
    definition=N_("From an insight's making until it was opened, of those that were: median and 90th percentile."),
    sql=INSIGHTS_READ.sql,
)

_CHATS = """
        SELECT count(*) AS sessions, count(DISTINCT "userId") AS clients,
            sum(CASE WHEN jsonb_typeof(messages) = 'array' THEN jsonb_array_length(messages) ELSE 0 END) AS messages
        FROM "ChatSession" WHERE "createdAt" >= :start AND "createdAt" < :end
    """

CHATS = Metric(
    code="chats",
    name=N_("Chats"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_("Conversations with the oracle, by the day on which they were begun."),
    sql=_CHATS,
)

MESSAGES = Metric(
    code="messages",
    name=N_("Messages"),
    unit=Unit.COUNT,
    adds=Adds.SUM,
    definition=N_("Messages in the conversations begun in the period, the oracle's among them."),
    sql=_CHATS,
)

CHAT_SHARE = Metric(
    code="chat_share",
    name=N_("Clients who chat"),
    unit=Unit.SHARE,
    adds=Adds.DISTINCT,
    definition=N_("Clients who began a conversation in the period, of all who had paid an order before the end of it."),
    sql="""
        SELECT count(DISTINCT "userId")::numeric
            / NULLIF((SELECT count(DISTINCT "userId") FROM "Order" WHERE "paidAt" < :end), 0) AS share
        FROM "ChatSession" WHERE "createdAt" >= :start AND "createdAt" < :end
    """,
)

PATHS = (
    *(STARTED, COMPLETION, DAY_GAP, DONE, IN_PROGRESS, ABANDONED, LOCKED, SURVIVAL),
    *(INSIGHTS_READ, TIME_TO_READ, CHATS, MESSAGES, CHAT_SHARE),
)
