"""The indexes that the search stands on: what they must be, whether they are, and how they are made again.

Nothing is copied anywhere, so there is nothing to keep in step: PostgreSQL files every row that anybody writes, the
platform too. What can go wrong is an index that is missing, half-made, of another shape, or made with an older
function.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, text

_WORDS = 'desk.name_words(desk.fold("firstName"), desk.fold("lastName"))'
_KEYS = f"desk.typo_keys({_WORDS})"
_EMAIL = "lower(left(email, 300))"
_LAST_FIRST, _FIRST_LAST = (
    f"""desk.fold("{one}" || ' ' || "{other}")"""
    for one, other in (("lastName", "firstName"), ("firstName", "lastName"))
)
SAMPLE = 300
Progress = Callable[[int, int, str], None]
"""Called before each step with its number from 1, how many there are, and its name."""


@dataclass(frozen=True, slots=True)
class Index:
    """One index. ``finds``: what holds, by way of it, for the row ``s`` itself."""

    name: str
    table: str
    on: str
    finds: str
    only: str = "true"

    @property
    def creation(self) -> str:
        return f'{self.name} ON public."{self.table}" {self.on}'


def _same(value: str) -> str:
    """Equality as only an index of patterns answers it: no other one of the same value may."""
    return f"{value} ~>=~ :value AND {value} ~<=~ :value"


_PENDING = "WITH (gin_pending_list_limit = 512)"
INDEXES = (
    Index(
        "desk_user_name",
        "User",
        f"USING gin (array_to_tsvector({_WORDS})) {_PENDING}",
        f"array_to_tsvector({_WORDS}) @@ CAST(:value AS tsquery)",
        f"cardinality({_WORDS}) > 0",
    ),
    Index("desk_user_typo", "User", f"USING gin ({_KEYS}) {_PENDING}", f"{_KEYS} @> CAST(:value AS integer[])"),
    Index("desk_user_last_first", "User", f"({_LAST_FIRST} text_pattern_ops)", _same(_LAST_FIRST)),
    Index("desk_user_first_last", "User", f"({_FIRST_LAST} text_pattern_ops)", _same(_FIRST_LAST)),
    Index("desk_user_email", "User", f"({_EMAIL} text_pattern_ops)", _same(_EMAIL)),
    Index("desk_user_email_end", "User", f"(reverse({_EMAIL}) text_pattern_ops)", _same(f"reverse({_EMAIL})")),
    Index(
        "desk_user_mailbox", "User", "(desk.mailbox(email))", "desk.mailbox(email) = :value",
        "desk.mailbox(email) IS NOT NULL",
    ),
    Index(
        "desk_user_phone", "User", "(desk.phone(phone) text_pattern_ops) WHERE phone IS NOT NULL",
        f"phone IS NOT NULL AND {_same('desk.phone(phone)')}", "desk.phone(phone) IS NOT NULL",
    ),
    Index(
        "desk_user_phone_end", "User", "(reverse(desk.phone(phone)) text_pattern_ops) WHERE phone IS NOT NULL",
        f"phone IS NOT NULL AND {_same('reverse(desk.phone(phone))')}", "desk.phone(phone) IS NOT NULL",
    ),
    Index(
        "desk_user_ref", "User", '(upper(left("refId", 60)) text_pattern_ops) WHERE "refId" IS NOT NULL',
        '"refId" IS NOT NULL AND ' + _same('upper(left("refId", 60))'), '"refId" IS NOT NULL',
    ),
    Index(
        "desk_order_checkout", "Order", '(left("stripeSessionId", 300)) WHERE "stripeSessionId" IS NOT NULL',
        '"stripeSessionId" IS NOT NULL AND left("stripeSessionId", 300) = :value', '"stripeSessionId" IS NOT NULL',
    ),
)  # fmt: skip
_VALUES = {
    "desk_user_name": f"(SELECT string_agg(quote_literal(word), ' & ') FROM unnest({_WORDS}) AS word)",  # noqa: S608
    "desk_user_typo": _KEYS,
    "desk_user_last_first": _LAST_FIRST,
    "desk_user_first_last": _FIRST_LAST,
    "desk_user_email": _EMAIL,
    "desk_user_email_end": f"reverse({_EMAIL})",
    "desk_user_mailbox": "desk.mailbox(email)",
    "desk_user_phone": "desk.phone(phone)",
    "desk_user_phone_end": "reverse(desk.phone(phone))",
    "desk_user_ref": 'upper(left("refId", 60))',
    "desk_order_checkout": 'left("stripeSessionId", 300)',
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was seen of one index: the rows that were looked for through it, and what is wrong ("": nothing)."""

    index: str
    rows: int
    wrong: str = ""


def verify(connection: Connection, *, sample: int | None = SAMPLE, progress: Progress | None = None) -> list[Finding]:
    """Look at every index: is it there, whole, of the right shape, and does it find the rows that are read without it
    (``sample`` of them at random, or all)? Writes nothing that outlives the transaction, which is the caller's."""
    found = []
    for number, index in enumerate(INDEXES, start=1):
        if progress is not None:
            progress(number, len(INDEXES), index.name)
        wrong = _shape(connection, index)
        rows, lost = (0, "") if wrong else _look(connection, index, sample)
        found.append(Finding(index.name, rows, wrong or lost))
    return found


def rebuild(engine: Engine, progress: Progress | None = None) -> None:
    """Make every index again while the platform goes on writing; one that is missing or of another shape is made anew.

    An interrupted run is simply run again.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET lock_timeout = '4s'"))
        for number, index in enumerate(INDEXES, start=1):
            if progress is not None:
                progress(number, len(INDEXES) + 1, index.name)
            for leftover in _leftovers(connection, index):
                connection.execute(text(f'DROP INDEX CONCURRENTLY IF EXISTS public."{leftover}"'))
            if _definition(connection, f"public.{index.name}") and not _shape(connection, index):
                connection.execute(text(f"REINDEX INDEX CONCURRENTLY public.{index.name}"))
            else:
                connection.execute(text(f"DROP INDEX CONCURRENTLY IF EXISTS public.{index.name}"))
                connection.execute(text(f"CREATE INDEX CONCURRENTLY {index.creation}"))
        if progress is not None:
            progress(len(INDEXES) + 1, len(INDEXES) + 1, "statistics")
        connection.execute(text('ANALYZE "User"'))


def _shape(connection: Connection, index: Index) -> str:
    """What is wrong with the index as PostgreSQL describes it."""
    actual = _definition(connection, f"public.{index.name}")
    if actual is None:
        return "is missing"
    valid = connection.scalar(
        text("SELECT indisvalid AND indisready FROM pg_index WHERE indexrelid = to_regclass(:name)"),
        {"name": f"public.{index.name}"},
    )
    if not valid:
        return "was never finished"
    return "" if actual == _wanted(connection, index) else "has another definition"


def _wanted(connection: Connection, index: Index) -> str | None:
    """The definition as this PostgreSQL would write it, learnt from an empty table of the same shape."""
    temporary = f"desk_shape_{index.table.lower()}"
    connection.execute(text(f'CREATE TEMP TABLE IF NOT EXISTS {temporary} (LIKE public."{index.table}")'))
    connection.execute(text(f"DROP INDEX IF EXISTS pg_temp.{index.name}"))
    connection.execute(text(f"CREATE INDEX {index.name} ON pg_temp.{temporary} {index.on}"))
    wanted = _definition(connection, f"pg_temp.{index.name}")
    connection.execute(text(f"DROP TABLE pg_temp.{temporary}"))
    return wanted


def _definition(connection: Connection, name: str) -> str | None:
    """The definition from USING on: without the names of the index and the table."""
    written = connection.scalar(text("SELECT pg_get_indexdef(to_regclass(:name))"), {"name": name})
    return None if written is None else str(written).partition(" USING ")[2]


def _leftovers(connection: Connection, index: Index) -> Iterator[str]:
    """What an interrupted REINDEX CONCURRENTLY left beside the index."""
    rows = connection.execute(
        text(
            """SELECT c.relname FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relname ~ :pattern AND NOT i.indisvalid"""
        ),
        {"pattern": f"^{index.name}_cc(new|old)[0-9]*$"},
    )
    return iter([row[0] for row in rows])


def _look(connection: Connection, index: Index, sample: int | None) -> tuple[int, str]:
    """Read rows without the index, then look for each through it."""
    connection.execute(text("SET LOCAL enable_seqscan = on"))
    order = "" if sample is None else f"ORDER BY random() LIMIT {sample}"
    rows = connection.execute(
        text(f'SELECT id, {_VALUES[index.name]} FROM public."{index.table}" WHERE {index.only} {order}')  # noqa: S608
    ).all()
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    # The CTE is a wall: nothing may find the row by its id instead.
    through = text(
        f'WITH hits AS MATERIALIZED (SELECT id FROM public."{index.table}" WHERE {index.finds}) '  # noqa: S608
        "SELECT 1 FROM hits WHERE id = :id LIMIT 1"
    )
    if rows and not _is_used(connection, index, through.text, rows[0]):
        return len(rows), "is not used: it was made for another version of its function"
    lost = [row_id for row_id, value in rows if not connection.scalar(through, {"id": row_id, "value": value})]
    wrong = f"does not find {len(lost)} of {len(rows)} rows, {lost[0]} for one" if lost else ""
    return len(rows), wrong


def _is_used(connection: Connection, index: Index, through: str, row: Sequence[Any]) -> bool:
    plan = connection.scalar(text(f"EXPLAIN (FORMAT JSON) {through}"), {"id": row[0], "value": row[1]})
    nodes, found = [plan[0]["Plan"]], []
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        found += [node["Index Name"]] if "Index Cond" in node else []
    return index.name in found
