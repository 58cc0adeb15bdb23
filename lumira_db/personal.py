"""What every column says about whom, and what becomes of it when a client asks to be erased.

One table for export, preview, erasure and the scan afterwards; a test fails when the database has a column that is
not in it. The conditions are SQL over one row ``t`` and the values of ``lumira_db.queries.personal.Person``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    """What a column is, and what erasing a client does with it."""

    PLAIN = "plain"
    """Says nothing about a client."""
    STAFF = "staff"
    """About a member of staff."""
    BOOKS = "books"
    """Says what was bought, for how much and when: bookkeeping must keep it, and it names nobody."""
    ROW = "row"
    """Personal; its whole row is deleted."""
    CLEAR = "clear"
    """Personal; becomes NULL."""
    REPLACE = "replace"
    """Personal, and may not be NULL: something that says nothing takes its place."""


PERSONAL = (Fate.ROW, Fate.CLEAR, Fate.REPLACE)


@dataclass(frozen=True, slots=True)
class Replacement:
    """``value`` is what takes the place, ``left`` the condition that something of the person is there still."""

    value: str
    left: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table. ``reach`` finds the rows that concern the person, ``spared`` those that erasing leaves alone."""

    name: str
    columns: Mapping[str, Fate]
    reach: str = ""
    spared: str = "false"
    replaced: Mapping[str, Replacement] = field(default_factory=dict)
    owner: str = ""
    """The column that says whose row it is: what merging two clients moves."""

    @property
    def sql(self) -> str:
        schema, _, table = self.name.partition(".")
        return f'{schema}."{table}"'

    @property
    def personal(self) -> tuple[str, ...]:
        """The columns that erasing empties, or deletes with their rows."""
        return tuple(column for column, fate in self.columns.items() if fate in PERSONAL)

    @property
    def loses_rows(self) -> bool:
        return Fate.ROW in self.columns.values()


ERASED_DOMAIN = "@efface.invalid"
"""How the address of every erased client ends, and of nobody else: there are no such addresses."""
ERASED_FIRST_NAME, ERASED_LAST_NAME, ERASED_EMAIL = "Client", "effacé", f"efface{ERASED_DOMAIN}"
"""What stands for an erased client on screen: words of the platform's language, the same for everybody."""
_NOBODY = f"'efface-' || replace(gen_random_uuid()::text, '-', '') || '{ERASED_DOMAIN}'"
_NOW = Replacement("now() AT TIME ZONE 'UTC'", "false")
_OF_CLIENT = "t.client_id = :client"
_OF_ORDER = "t.order_id = ANY (:orders)"
_OF_PAYMENT = "t.order_id = ANY (:orders) OR t.intent_id = ANY (:customers)"
_OF_PATH = 't."spiritualPathId" IN (SELECT p.id FROM public."SpiritualPath" p WHERE p."userId" = :client)'


def _quotes(filed: str) -> str:
    """An index leaves the few texts that may name the person (``lumira_db.quotes``); without keys all of them."""
    return f"(CAST(:quotes AS integer[]) IS NULL OR {filed} && CAST(:quotes AS integer[]))"


def _is(value: str) -> Replacement:
    return Replacement(f"'{value}'", "")


def _table(
    name: str,
    reach: str = "",
    *,
    plain: str = "",
    staff: str = "",
    books: str = "",
    row: str = "",
    clear: str = "",
    replace: Mapping[str, Replacement] | None = None,
    spared: str = "false",
    owner: str = "",
) -> Table:
    columns: dict[str, Fate] = {}
    for names, fate in (
        (plain, Fate.PLAIN),
        (staff, Fate.STAFF),
        (books, Fate.BOOKS),
        (row, Fate.ROW),
        (clear, Fate.CLEAR),
        (" ".join(replace or ()), Fate.REPLACE),
    ):
        for column in names.split():
            if column in columns:
                raise ValueError(f"{name}.{column} is classified twice")
            columns[column] = fate
    filled = {
        column: Replacement(found.value, found.left or f't."{column}" IS DISTINCT FROM {found.value}')
        for column, found in (replace or {}).items()
    }
    return Table(name, columns, reach, spared, filled, owner)


_PUBLIC = (
    _table(
        "public.UserProfile",
        't."userId" = :client',
        row="id userId birthDate birthTime birthPlace specificQuestion objective facePhotoUrl palmPhotoUrl highs lows "
        "strongSide weakSide strongZone weakZone deliveryStyle pace ailments fears rituals profileCompleted "
        "submittedAt createdAt updatedAt",
        owner="userId",
    ),
    _table(
        "public.OrderFile",
        't."orderId" = ANY (:orders)',
        row="id orderId name url key contentType size type uploadedAt",
    ),
    _table(
        "public.PathStep",
        _OF_PATH,
        row="id spiritualPathId dayNumber title description synthesis archetype actionType ritualPrompt isCompleted "
        "completedAt unlockedAt createdAt updatedAt originReadingId",
    ),
    _table(
        "public.SpiritualPath",
        't."userId" = :client',
        row="id userId archetype synthesis keyBlockage startedAt completedAt createdAt updatedAt",
        owner="userId",
    ),
    _table(
        "public.Insight",
        't."userId" = :client OR t."orderId" = ANY (:orders)',
        row="id userId orderId category short full viewedAt createdAt updatedAt",
        owner="userId",
    ),
    _table(
        "public.AkashicRecord",
        't."userId" = :client',
        row="id userId archetype domains history createdAt updatedAt",
        owner="userId",
    ),
    _table(
        "public.ChatSession",
        't."userId" = :client',
        row="id userId relatedOrderId title messages isActive lastMessageAt createdAt updatedAt",
        owner="userId",
    ),
    _table(
        "public.ProductOrder",
        't."customerId" = ANY (:customers) OR lower(t."customerEmail") = ANY (:emails)',
        books="id productId amount currency status paymentIntentId completedAt createdAt",
        clear="customerId customerEmail metadata",
        replace={"updatedAt": _NOW},
        owner="customerId",
    ),
    _table(
        "public.ProcessedEvent",
        f"{_quotes('desk.quoted(t.data::text)')} AND t.data IS NOT NULL AND t.data::text ~* :anywhere",
        books="id eventId eventType processedAt createdAt",
        clear="data",
        replace={"updatedAt": _NOW},
    ),
    _table(
        "public.Product",
        plain="id name description amountCents currency level features limitedOffer isActive comingSoon metadata "
        "createdAt updatedAt",
    ),
    _table("public.Expert", staff="id email password name role isActive lastLogin createdAt updatedAt"),
    _table("public.SequenceCounter", plain="id name value updatedAt"),
    _table("public.SystemSetting", plain="id key value isEncrypted updatedAt"),
)

_GRAINS = ("day", "week", "month")
_BY = "currency level source is_first"
_PAID_SUMS = "orders cents refunded refund_cents"
_PAIRS = {
    "pair_month": "prev_month month",
    "pair_from_day": "prev_day month",
    "pair_to_day": "day prev_month",
    "followed_day": "prev_day",
    "followed_month": "prev_month",
}
# What was bought, when and for how much, with ids that name nobody; sums of it name not even an order.
_FIGURES = (
    _table("desk.rollup", plain="id zone built_at"),
    _table(
        "desk.order_fact",
        _OF_CLIENT,
        books="order_id client_id kind level currency amount is_first created_at created_day paid_at paid_day "
        "paid_hour rank prev_day prev_level_day prev_any_day first_day first_level first_currency refunded "
        "refund_cents",
        # The worker takes it out of the sums too, as soon as the client has none any more.
        plain="source",
    ),
    _table(
        "desk.refund_fact",
        _OF_CLIENT,
        books="id order_id client_id level currency is_first amount at day estimated",
        plain="source",
    ),
    _table(
        "desk.path_fact",
        _OF_CLIENT,
        row="path_id client_id archetype level started_at open_day since last_done_at days_done gap_hours actions "
        "opened done wait_hours",
    ),
    _table(
        "desk.work_fact",
        _OF_CLIENT,
        books="order_id client_id level entered_at entered_day approved_at delivered_at left_day",
        staff="approved_by",
    ),
    _table("desk.refund_order", _OF_ORDER, books="order_id", plain="refunds"),
    *(
        _table(f"desk.{name}", plain=columns)
        for name, columns in {
            "revenue_day": f"day {_BY} {_PAID_SUMS} clients_day clients_week clients_month level_clients_day "
            "level_clients_week level_clients_month",
            **{f"revenue_{one}": f"{one} {_BY} {_PAID_SUMS} clients level_clients" for one in ("week", "month")},
            **{f"checkout_{one}": f"{one} {_BY} orders converted abandoned failed abandoned_cents" for one in _GRAINS},
            **{f"refund_{one}": f"{one} {_BY} refunds cents estimated_cents" for one in _GRAINS},
            "revenue_level_day": f"day currency level {_PAID_SUMS} first_orders clients_day clients_week clients_month "
            "level_clients_day level_clients_week level_clients_month",
            **{
                f"revenue_level_{one}": f"{one} currency level {_PAID_SUMS} first_orders clients level_clients"
                for one in ("week", "month")
            },
            **{
                f"checkout_level_{one}": f"{one} currency level orders converted abandoned failed abandoned_cents"
                for one in _GRAINS
            },
            **{f"refund_level_{one}": f"{one} currency level refunds cents estimated_cents" for one in _GRAINS},
            **{f"price_{one}": f"{one} {_BY} amount orders" for one in ("day", "month")},
            **{
                f"value_{one}": f"{one} currency level source clients orders cents refund_cents"
                for one in ("day", "month")
            },
            "hour_day": "day hour currency level orders cents",
            **{f"hour_{one}": f"{one} weekday hour currency level orders cents" for one in ("month", "year")},
            "cohort_month": "cohort month currency level source clients active second",
            **{
                f"{of}{name}": f"{keys} {'level ' if of else ''}currency source pairs"
                for of in ("", "level_")
                for name, keys in _PAIRS.items()
            },
            **{
                f"path_{one}": f"{one} level archetype paths done locked reached_1 reached_2 reached_3 reached_4 "
                "reached_5 reached_6 reached_7"
                for one in ("day", "month")
            },
            **{f"sight_{one}": f"{one} days is_open paths" for one in ("day", "month")},
            **{f"step_{one}": f"{one} action steps opened done" for one in ("day", "month")},
            **{f"span_hour_{one}": f"kind part {one} hour spans" for one in ("day", "month")},
            **{f"span_minute_{one}": f"kind part hour {one} minutes spans" for one in ("day", "month")},
            "work_day": "left_day entered_day level orders",
            "work_flow": "day level came gone",
        }.items()
    ),
)
_DESK = (
    _table(
        "desk.draft",
        _OF_ORDER,
        row="order_id edits bases base_version sequence updated_at",
        staff="staff_id",
    ),
    _table(
        "desk.reading_version",
        _OF_ORDER,
        row="id order_id number origin content digest note created_at words changed_words",
        staff="author_id author_name",
    ),
    _table("desk.claim", _OF_ORDER, row="order_id claimed_at expires_at", staff="staff_id"),
    _table(
        "desk.generation",
        _OF_ORDER,
        row="id order_id revision state instructions requested_at attempts answered_at error",
        staff="requested_by",
    ),
    _table(
        "desk.delivery",
        _OF_ORDER,
        books="id order_id reading_version_id channel due_at attempts pdf_stored_at message_id approved_at created_at "
        "sent_at",
        staff="approved_by",
        clear="last_error",
        replace={
            "recipient": _is(""),
            "pdf_key": _is(""),
            # What had not left yet must not leave any more.
            "state": Replacement(
                "CASE WHEN t.state = 'SENT' THEN 'SENT' ELSE 'CANCELLED' END", "t.state NOT IN ('SENT', 'CANCELLED')"
            ),
            "updated_at": Replacement("now()", "false"),
        },
    ),
    _table(
        "desk.note_version",
        _OF_CLIENT,
        row="id client_id number origin content editor restored_from created_at",
        staff="author_id author_name",
        owner="client_id",
    ),
    _table(
        "desk.note_draft",
        _OF_CLIENT,
        row="client_id content base sequence updated_at",
        staff="staff_id",
        owner="client_id",
    ),
    _table(
        "desk.client_access",
        _OF_CLIENT,
        row="id client_id first_at last_at looks",
        staff="staff_id staff_name",
        owner="client_id",
    ),
    _table(
        "desk.client_reveal",
        _OF_CLIENT,
        row="id client_id field reason revealed_at expires_at",
        staff="staff_id",
        owner="client_id",
    ),
    _table("desk.client_likeness", _OF_CLIENT, row="kind value client_id"),
    _table("desk.bulk_change", _OF_CLIENT, row="task_id client_id before after", owner="client_id"),
    _table(
        "desk.not_same_client",
        ":client IN (t.first_id, t.second_id)",
        row="first_id second_id said_at",
        staff="said_by said_by_name",
    ),
    _table(
        "desk.task",
        "(t.subject = :client OR concat_ws(' ', t.arguments::text, t.place::text, t.result::text, t.error) ~* :strings)"
        # Of an erasure that was carried through, nothing but numbers is kept.
        " AND t.id IS DISTINCT FROM :task AND (t.kind <> 'ERASE_CLIENT' OR t.place <> '{}')",
        plain="id kind subject state done total started_at ended_at",
        staff="started_by started_by_name started_by_role",
        clear="error",
        replace={
            "arguments": _is("{}"),
            "place": _is("{}"),
            "result": _is("{}"),
            "updated_at": Replacement("t.updated_at", "false"),
        },
        # It is at work on others too, and would lose its way; the scan afterwards says if it still names the person.
        spared="t.state IN ('WAITING', 'RUNNING', 'STOPPING')",
    ),
    _table(
        "desk.stripe_event",
        f"{_OF_ORDER} OR t.payment_intent_id = ANY (:customers)"
        f" OR ({_quotes('desk.quoted(t.facts::text)')} AND t.facts::text ~* :anywhere)",
        books="id type created_at received_at live state order_id payment_intent_id attempts due_at",
        clear="error",
        replace={"facts": _is("{}")},
    ),
    _table(
        "desk.payment",
        _OF_PAYMENT,
        books="intent_id order_id charge_id amount currency succeeded_at charged_at cancelled_at written_paid_at "
        "fully_refunded_at refunded_from updated_at",
    ),
    _table(
        "desk.payment_attempt",
        "t.intent_id = ANY (:customers)",
        books="id intent_id at code decline_code",
        clear="message",
    ),
    _table(
        "desk.refund",
        _OF_PAYMENT,
        books="id intent_id charge_id order_id amount currency reason status succeeded_at failure_reason created_at "
        "said_at",
    ),
    _table(
        "desk.dispute",
        _OF_PAYMENT,
        books="id intent_id charge_id order_id amount currency reason status due_at created_at said_at",
    ),
    _table(
        "desk.refund_request",
        _OF_PAYMENT,
        books="id order_id intent_id amount currency whole reason state idempotency_key asked_at decided_at refund_id "
        "problem attempts first_sent_at due_at settled_at",
        staff="asked_by asked_by_name decided_by decided_by_name",
        clear="decision_note",
        replace={"note": _is(""), "updated_at": Replacement("t.updated_at", "false")},
    ),
    _table(
        "desk.refund_notice",
        _OF_ORDER,
        books="request_id order_id attempts due_at created_at sent_at",
        clear="last_error",
        # What had not left yet has nobody to go to any more.
        replace={
            "state": Replacement(
                "CASE WHEN t.state = 'SENT' THEN 'SENT' ELSE 'FAILED' END", "t.state NOT IN ('SENT', 'FAILED')"
            )
        },
    ),
    # A receipt's address opens a page that names the person.
    _table("desk.payment_word", _OF_PAYMENT, row="intent_id order_id facts said_at problem tried_at"),
    _table(
        "desk.stripe_mirror",
        _OF_PAYMENT,
        books="task_id kind id intent_id source_id amount refunded currency status created_at order_id "
        "of_product_order",
    ),
    _table(
        "desk.finding",
        f"{_OF_PAYMENT} OR t.note ~* :strings",
        books="id kind object_id intent_id order_id amount currency facts happened_at found_at seen_at seen_by state "
        "settled_at",
        staff="settled_by settled_by_name",
        clear="note",
    ),
    _table(
        "desk.saved_view",
        "concat_ws(' ', t.name, t.query) ~* :strings",
        plain="id shared created_at",
        staff="owner_id owner_name",
        replace={
            "name": Replacement("regexp_replace(t.name, :strings, '…', 'gi')", "t.name ~* :strings"),
            "query": Replacement("regexp_replace(t.query, :strings, '', 'gi')", "t.query ~* :strings"),
            "updated_at": Replacement("t.updated_at", "false"),
        },
    ),
    _table(
        "desk.procrastinate_jobs",
        "t.args::text ~* :anywhere OR t.args->>'delivery_id' = ANY (:deliveries)"
        " OR t.args->>'generation_id' = ANY (:generations)",
        row="id queue_name task_name priority lock queueing_lock args status scheduled_at attempts abort_requested "
        "worker_id",
        # Somebody is at it; it holds ids of ours only, and goes when it is done.
        spared="t.status = 'doing'",
    ),
    _table(
        "desk.audit",
        f"(t.subject_id = ANY (:subjects) OR ({_quotes('desk.audit_quoted(t.before, t.after, t.reason)')}"
        " AND concat_ws(' ', t.before::text, t.after::text, t.reason) ~* :anywhere))"
        # That somebody was erased, and by whom, stays: it says nothing else about them.
        " AND t.action <> 'client.erase' AND COALESCE(t.after->>'kind', '') <> 'ERASE_CLIENT'",
        plain="id at action subject_type subject_id digest hash",
        staff="actor_id actor_name actor_role",
        clear="before after reason",
        # The chain holds on without the payload: its digest stays.
        replace={"erased_at": Replacement("COALESCE(t.erased_at, now())", "false")},
    ),
    _table(
        "desk.product_change",
        plain="id product_id at kind level amount_cents currency is_price changes",
        staff="actor_id actor_name",
    ),
    _table("desk.alembic_version", plain="version_num"),
    _table("desk.session", staff="id token_hash staff_id created_at seen_at expires_at ended_at address agent"),
    _table("desk.sign_in_attempt", staff="id account_hash address at succeeded"),
    _table("desk.staff_account", staff="staff_id role language updated_at"),
    _table("desk.mail_choice", staff="staff_id cadence alerts chosen_at"),
    _table(
        "desk.staff_mail",
        plain="id about cadence first last alert_id state attempts due_at created_at sent_at",
        staff="staff_id last_error",
    ),
    _table("desk.alert", plain="id kind value bound first last raised_at measured_at recovered_at"),
    _table("desk.change", plain="id kind row_id at"),
    _table("desk.tag_usage", plain="id tag clients"),
    *_FIGURES,
    _table("desk.erasure", plain="id client_id task_id erased_at receipt", staff="erased_by erased_by_name"),
    _table("desk.procrastinate_events", plain="id job_id type at"),
    _table("desk.procrastinate_periodic_defers", plain="id task_name defer_timestamp job_id periodic_id"),
    _table("desk.procrastinate_workers", plain="id last_heartbeat"),
)

# The last to go: they say who the person is, and what is theirs.
_SELF = (
    _table(
        "public.Order",
        't."userId" = :client',
        books="id orderNumber userId level amount currency status paymentIntentId paidAt revisionCount deliveredAt "
        "deliveryMethod createdAt",
        clear="userName stripeSessionId clientInputs expertPrompt expertInstructions generatedContent errorLog "
        "expertReview expertValidation",
        replace={"userEmail": _is(ERASED_EMAIL), "formData": _is("{}"), "updatedAt": _NOW},
        owner="userId",
    ),
    _table(
        "public.User",
        "t.id = :client",
        books="id subscriptionStatus totalOrders lastOrderAt createdAt",
        clear="refId phone dateOfBirth stripeCustomerId notes tags source",
        replace={
            "email": Replacement(_NOBODY, "t.email NOT LIKE 'efface-%@efface.invalid'"),
            "firstName": _is(ERASED_FIRST_NAME),
            "lastName": _is(ERASED_LAST_NAME),
            # Nothing is sent to a client who is suspended, whatever the platform still starts for them.
            "status": Replacement("'SUSPENDED'", "false"),
            "updatedAt": _NOW,
        },
    ),
    _table(
        "desk.client_summary",
        "t.id = :client",
        plain="id created_at status has_ref_id profile_completed levels paid_count paid first_paid_at last_paid_at "
        "last_order_at path path_day path_since",
        # Made from the rows above, and made again from what is left of them.
        clear="source",
        replace={
            "name": Replacement("desk.fold('effacé Client')", "t.name IS DISTINCT FROM desk.fold('effacé Client')"),
            "tags": _is("{}"),
        },
    ),
)

TABLES: tuple[Table, ...] = (*_PUBLIC, *_DESK, *_SELF)
"""Every table, in the order in which erasing goes through them."""
REACHED: tuple[Table, ...] = tuple(table for table in TABLES if table.reach)
"""Those that say something about clients."""
