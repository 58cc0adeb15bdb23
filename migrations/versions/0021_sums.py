"""Sums of facts by day, week and month, so that no screen of figures looks at orders one by one.

From here on triggers on the tables of facts add up what has come and take away what has gone: whoever writes facts
keeps the sums, in the same transaction. The functions of 0012 lose their own additions.
"""

import runpy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ROLLUPS = Path(__file__).with_name("0012_rollups.py")


@dataclass(frozen=True)
class Sum:
    """What is added up of the rows of ``sources``: SQL after FROM, in which ``{f}`` is one row of the facts, and which
    of them count. Keys and sums are types and expressions; where sources differ, each key names one for each."""

    keys: dict[str, tuple[str, str]]
    sums: dict[str, tuple[str, str]]
    fact: str
    where: str
    source: str = "{f} f"
    also: tuple["Sum", ...] = field(default=())
    """More sources of the same table, by their own expressions."""


_ONE = {"orders": ("integer", "1")}
_PAIR = {"pairs": ("integer", "1")}


def _start(grain: str, day: str) -> dict[str, tuple[str, str]]:
    return {grain: ("date", day if grain == "day" else f"date_trunc('{grain}', {day}::timestamp)::date")}


def _by(*columns: str, **renamed: str) -> dict[str, tuple[str, str]]:
    kinds = {"level": "integer", "is_first": "boolean", "amount": "integer", "hour": "integer"}
    return {one: (kinds.get(one, "text"), renamed.get(one, one)) for one in columns}


_OF_ORDER = _by("currency", "level", "source", "is_first")
_FIRST = _by("currency", "level", "source", currency="first_currency", level="first_level")


def _clients(before: str, grain: str) -> tuple[str, str]:
    # Who paid twice within a bucket counts with the order that has none of theirs before it in the bucket.
    return "integer", f"({before} IS NULL OR {before} < date_trunc('{grain}', paid_day::timestamp))::int"


_MONEY = {
    **_ONE,
    "cents": ("bigint", "amount"),
    "refunded": ("integer", "refunded::int"),
    "refund_cents": ("bigint", "refund_cents"),
}
_CHECKOUT = {
    **_ONE,
    "converted": ("integer", "(kind = 'PAID')::int"),
    "abandoned": ("integer", "(kind = 'PENDING')::int"),
    "failed": ("integer", "(kind = 'FAILED')::int"),
    "abandoned_cents": ("bigint", "CASE WHEN kind = 'PENDING' THEN amount ELSE 0 END"),
}
_GIVEN_BACK = {
    "refunds": ("integer", "1"),
    "cents": ("bigint", "amount"),
    "estimated_cents": ("bigint", "CASE WHEN estimated THEN amount ELSE 0 END"),
}
_VALUE = {
    "clients": ("integer", "is_first::int"),
    **_ONE,
    "cents": ("bigint", "amount"),
    "refund_cents": ("bigint", "refund_cents"),
}
_PAID = "kind = 'PAID'"


def _of_orders() -> dict[str, Sum]:
    found = {
        "revenue_day": Sum(
            _start("day", "paid_day") | _OF_ORDER,
            _MONEY
            | {f"clients_{grain}": _clients("prev_day", grain) for grain in ("day", "week", "month")}
            | {f"level_clients_{grain}": _clients("prev_level_day", grain) for grain in ("day", "week", "month")},
            *("order_fact", _PAID),
        ),
        "checkout_day": Sum(_start("day", "created_day") | _OF_ORDER, _CHECKOUT, "order_fact", "kind <> 'FREE'"),
        "refund_day": Sum(_start("day", "day") | _OF_ORDER, _GIVEN_BACK, "refund_fact", "level IS NOT NULL"),
    }
    for grain in ("week", "month"):
        clients = {"clients": _clients("prev_day", grain), "level_clients": _clients("prev_level_day", grain)}
        found |= {
            f"revenue_{grain}": Sum(_start(grain, "paid_day") | _OF_ORDER, _MONEY | clients, "order_fact", _PAID),
            f"checkout_{grain}": Sum(
                _start(grain, "created_day") | _OF_ORDER, _CHECKOUT, "order_fact", "kind <> 'FREE'"
            ),
            f"refund_{grain}": Sum(_start(grain, "day") | _OF_ORDER, _GIVEN_BACK, "refund_fact", "level IS NOT NULL"),
        }
    for grain in ("day", "month"):
        found |= {
            f"price_{grain}": Sum(_start(grain, "paid_day") | _OF_ORDER | _by("amount"), _ONE, "order_fact", _PAID),
            f"value_{grain}": Sum(
                *(_start(grain, "first_day") | _FIRST, _VALUE, "order_fact"),
                f"{_PAID} AND currency = first_currency",
            ),
        }
    weekday = {"weekday": ("integer", "extract(isodow FROM paid_day)::int")}
    hour = _by("hour", "currency", "level", hour="paid_hour")
    cents = {**_ONE, "cents": ("bigint", "amount")}
    month = _start("month", "paid_day")
    cohort = {"cohort": _start("month", "first_day")["month"]}
    return found | {
        "hour_day": Sum(_start("day", "paid_day") | hour, cents, "order_fact", _PAID),
        "hour_month": Sum(month | weekday | hour, cents, "order_fact", _PAID),
        "hour_year": Sum(_start("year", "paid_day") | weekday | hour, cents, "order_fact", _PAID),
        "cohort_month": Sum(
            cohort | month | _FIRST,
            {
                "clients": ("integer", "is_first::int"),
                "active": _clients("prev_any_day", "month"),
                "second": ("integer", "(rank = 2)::int"),
            },
            *("order_fact", _PAID),
        ),
        # Refunds of one order: only of those with several can one be counted twice.
        "refund_order": Sum(
            {"order_id": ("text", "order_id")}, {"refunds": ("integer", "1")}, "refund_fact", "order_id IS NOT NULL"
        ),
    }


def _pairs() -> dict[str, Sum]:
    """An order and the one before it of the same client, in the same currency (and at the same level): of those within
    a period, the later one brings no new client."""
    found: dict[str, Sum] = {}
    for of, before, more in (
        ("", "prev_day", _by("currency", "source")),
        ("level_", "prev_level_day", _by("level", "currency", "source")),
    ):
        day, month = _start("day", "paid_day"), _start("month", "paid_day")
        prev_day = {"prev_day": ("date", before)}
        prev_month = {"prev_month": _start("month", before)["month"]}
        for name, keys in {
            "pair_month": prev_month | month,
            "pair_from_day": prev_day | month,
            "pair_to_day": day | prev_month,
            "followed_day": prev_day,
            "followed_month": prev_month,
        }.items():
            found[of + name] = Sum(keys | more, _PAIR, "order_fact", f"{_PAID} AND {before} IS NOT NULL")
    return found


def _local(moment: str) -> str:
    return f"({moment} AT TIME ZONE 'UTC' AT TIME ZONE z.zone)::date"


_WITH_ZONE = "{f} f CROSS JOIN desk.rollup z"
_STARTED = _local("f.started_at")
_KIND = {"level": ("text", "COALESCE(f.level::text, '')"), "archetype": ("text", "f.archetype")}
_OPEN = "(f.open_day IS NOT NULL AND f.since IS NOT NULL)"
# A minute that was begun counts whole; nobody waits for two thousand years.
_MINUTES = "LEAST(GREATEST(ceil({} - 0.000001), 0), 1000000000)::int"


def _of_paths() -> dict[str, Sum]:
    stands = {
        "paths": ("integer", "1"),
        "done": ("integer", "(f.open_day IS NULL)::int"),
        "locked": ("integer", "(f.open_day IS NOT NULL AND f.since IS NULL)::int"),
        **{f"reached_{day}": ("integer", f"(f.days_done >= {day})::int") for day in range(1, 8)},
    }
    until = f"CASE WHEN {_OPEN} THEN f.since ELSE COALESCE(f.last_done_at, f.started_at) END"
    seen = {
        "days": ("integer", f"GREATEST(0, floor(extract(epoch FROM {until} - f.started_at) / 86400))::int"),
        "is_open": ("boolean", _OPEN),
    }
    step = _WITH_ZONE + """ CROSS JOIN LATERAL unnest(f.actions, f.opened, f.done) AS s (action, is_opened, is_done)"""
    steps = {"steps": ("integer", "1"), "opened": ("integer", "is_opened::int"), "done": ("integer", "is_done::int")}
    found: dict[str, Sum] = {}
    for grain in ("day", "month"):
        start, action = _start(grain, _STARTED), {"action": ("text", "s.action")}
        found |= {
            f"path_{grain}": Sum(start | _KIND, stands, "path_fact", "true", _WITH_ZONE),
            f"sight_{grain}": Sum(
                start | seen,
                {"paths": ("integer", "1")},
                "path_fact",
                "true",
                _WITH_ZONE,
            ),
            f"step_{grain}": Sum(start | action, steps, "path_fact", "s.action IS NOT NULL", step),
        }
    return found


def _spans() -> dict[str, Sum]:
    """How long things took, to the minute: medians and percentiles are found in counts by the hour, and then in those
    by the minute of one hour."""
    gap = "{f} f CROSS JOIN desk.rollup z CROSS JOIN LATERAL unnest(f.gap_hours) WITH ORDINALITY AS s (hours, day)"
    wait = "{f} f CROSS JOIN desk.rollup z CROSS JOIN LATERAL unnest(f.actions, f.wait_hours) AS s (action, hours)"
    sources = [
        ("gap", "s.day::text", _STARTED, "s.hours * 60", "path_fact", "s.hours IS NOT NULL", gap),
        (
            "wait",
            "s.action",
            _STARTED,
            "s.hours * 60",
            "path_fact",
            "s.hours IS NOT NULL AND s.action IS NOT NULL",
            wait,
        ),
    ]
    for kind, at in (("validate", "f.approved_at"), ("deliver", "f.delivered_at")):
        took = f"extract(epoch FROM {at} - f.entered_at)::float8 / 60"
        sources.append((kind, "f.level::text", _local(at), took, "work_fact", f"{at} >= f.entered_at", _WITH_ZONE))
    found: dict[str, Sum] = {}
    for grain in ("day", "month"):
        for fine in ("hour", "minute"):
            parts = []
            for kind, part, day, minutes, fact, where, source in sources:
                took = _MINUTES.format(minutes)
                keys = {
                    "kind": ("text", f"'{kind}'"),
                    "part": ("text", part),
                    "hour": ("integer", f"{took} / 60"),
                    **_start(grain, day),
                    **({"minutes": ("integer", took)} if fine == "minute" else {}),
                }
                if fine == "hour":
                    keys = {name: keys[name] for name in ("kind", grain, "part", "hour")}
                parts.append(Sum(keys, {"spans": ("integer", "1")}, fact, where, source))
            found[f"span_{fine}_{grain}"] = Sum(
                *(parts[0].keys, parts[0].sums, parts[0].fact, parts[0].where, parts[0].source), tuple(parts[1:])
            )
    return found


def _of_work() -> dict[str, Sum]:
    """What came and what left on a day: added up from the beginning, that is what waits."""
    keys = {"day": ("date", "f.entered_day"), "level": ("integer", "f.level")}
    came = {"came": ("integer", "1"), "gone": ("integer", "0")}
    left = {"came": ("integer", "0"), "gone": ("integer", "1")}
    leaving = Sum(
        keys | {"day": ("date", "GREATEST(f.left_day, f.entered_day)")}, left, "work_fact", "f.left_day < 'infinity'"
    )
    return {"work_flow": Sum(keys, came, "work_fact", "true", also=(leaving,))}


SUMS: dict[str, Sum] = _of_orders() | _pairs() | _of_paths() | _spans() | _of_work()
FACTS = ("order_fact", "refund_fact", "path_fact", "work_fact")
INDEXES = {
    # Pairs of two months, of which only some days are meant.
    "order_fact_pair_idx": """order_fact
        (date_trunc('month', paid_day::timestamp), date_trunc('month', prev_day::timestamp))
        INCLUDE (paid_day, prev_day, prev_level_day, currency, source, level) WHERE kind = 'PAID'
        AND prev_day IS NOT NULL""",
    "refund_fact_order_id_idx": "refund_fact (order_id)",
    "refund_fact_unmatched_idx": "refund_fact (day) WHERE level IS NULL",
    "refund_order_several_idx": "refund_order (order_id) WHERE refunds > 1",
    "path_fact_open_idx": """path_fact (since) INCLUDE (started_at, level, archetype, days_done)
        WHERE open_day IS NOT NULL""",
    "work_day_entered_idx": "work_day (entered_day, left_day) INCLUDE (level, orders)",
}


def table(name: str) -> str:
    one = SUMS[name]
    columns = [f"{column} {kind.upper()} NOT NULL" for column, (kind, _) in (one.keys | one.sums).items()]
    return (
        f"CREATE TABLE desk.{name} ({', '.join(columns)}, CONSTRAINT {name}_pkey PRIMARY KEY ({', '.join(one.keys)}))"
    )


def selecting(one: Sum, rows: str, sign: str = "") -> str:
    """SQL of the sums of ``rows``; with a sign, only of those that move."""
    columns = [f"{expression} AS {column}" for column, (_, expression) in one.keys.items()]
    columns += [f"sum({sign}({expression}))::{kind} AS {column}" for column, (kind, expression) in one.sums.items()]
    numbers = ", ".join(str(number) for number in range(1, len(one.keys) + 1))
    moved = " OR ".join(f"sum({expression}) <> 0" for _, expression in one.sums.values())
    return (
        f"SELECT {', '.join(columns)} FROM {one.source.format(f=rows)} WHERE {one.where}"
        f" GROUP BY {numbers} HAVING {moved}"
    )


def parts_of(one: Sum) -> tuple[Sum, ...]:
    return (one, *one.also)


def recount(name: str) -> str:
    """SQL of the whole table, counted from the facts anew."""
    one = SUMS[name]
    parts = " UNION ALL ".join(selecting(part, f"desk.{part.fact}") for part in parts_of(one))
    if not one.also:
        return parts
    numbers = ", ".join(str(number) for number in range(1, len(one.keys) + 1))
    sums = [f"sum({column})::{kind} AS {column}" for column, (kind, _) in one.sums.items()]
    return f"SELECT {', '.join([*one.keys, *sums])} FROM ({parts}) parts GROUP BY {numbers}"


def adding(name: str, part: Sum, rows: str, sign: str) -> str:
    one = SUMS[name]
    numbers = ", ".join(str(number) for number in range(1, len(one.keys) + 1))
    added = ", ".join(f"{column} = t.{column} + excluded.{column}" for column in one.sums)
    return f"""
        INSERT INTO desk.{name} AS t ({", ".join(one.keys | one.sums)})
        {selecting(part, rows, sign)} ORDER BY {numbers}
        ON CONFLICT ({", ".join(one.keys)}) DO UPDATE SET {added};"""


def add_function(fact: str) -> str:
    """Whoever counts everything anew says so (``desk.uncounted``), and adds up at the end."""
    parts = [(name, part) for name, one in SUMS.items() for part in parts_of(one) if part.fact == fact]
    come = "".join(adding(name, part, "new_rows", "") for name, part in parts)
    gone = "".join(adding(name, part, "old_rows", "-") for name, part in parts)
    return f"""
CREATE FUNCTION desk.add_{fact}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('desk.uncounted', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        IF EXISTS (SELECT FROM old_rows) THEN{gone}
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF EXISTS (SELECT FROM new_rows) THEN{come}
        END IF;
    END IF;
    RETURN NULL;
END
$$
"""


def rebuilding(name: str) -> str:
    # In the order of the key: what is read together lies together.
    one = SUMS[name]
    numbers = ", ".join(str(number) for number in range(1, len(one.keys) + 1))
    return f"""
    DELETE FROM desk.{name};
    INSERT INTO desk.{name} {recount(name)} ORDER BY {numbers};
    ANALYZE desk.{name};"""


REBUILD_SUMS = f"""
CREATE FUNCTION desk.rebuild_sums() RETURNS void LANGUAGE plpgsql SET work_mem = '256MB' AS $$
BEGIN{"".join(rebuilding(name) for name in SUMS)}
END
$$
"""
REBUILD_ALL = """
CREATE FUNCTION desk.rebuild_figures(days_of text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('desk.uncounted', 'on', true);
    PERFORM desk.rebuild_rollups(days_of);
    PERFORM desk.rebuild_work();
    PERFORM desk.rebuild_sums();
    PERFORM set_config('desk.uncounted', 'off', true);
END
$$
"""


def _differing(name: str, kept: str, true: str) -> str:
    return f"""
    SELECT '{name}', (SELECT count(*) FROM ({kept} EXCEPT ALL {true}) more)
        + (SELECT count(*) FROM ({true} EXCEPT ALL {kept}) less)"""


def differences() -> str:
    parts = []
    for name, one in SUMS.items():
        some = " OR ".join(f"{column} <> 0" for column in one.sums)
        parts.append(_differing(name, f"SELECT * FROM desk.{name} WHERE {some}", f"SELECT * FROM ({recount(name)}) c"))
    return f"""
CREATE FUNCTION desk.sum_differences() RETURNS TABLE (name text, differences bigint)
LANGUAGE sql STABLE SET work_mem = '256MB' AS $$
    {" UNION ALL ".join(parts)}
$$
"""


FACT_DIFFERENCES = f"""
CREATE OR REPLACE FUNCTION desk.rollup_differences() RETURNS TABLE (name text, differences bigint)
LANGUAGE sql STABLE SET work_mem = '256MB' AS $$
    {
    " UNION ALL ".join(
        _differing(fact, f"SELECT * FROM desk.{fact}", f"SELECT * FROM desk.all_{fact}s()") for fact in FACTS[:3]
    )
}
$$
"""
REBUILD_FACTS = """
CREATE OR REPLACE FUNCTION desk.rebuild_rollups(days_of text) RETURNS void LANGUAGE plpgsql
SET work_mem = '256MB' AS $$
BEGIN
    UPDATE desk.rollup SET zone = days_of;
    DELETE FROM desk.path_fact;
    DELETE FROM desk.refund_fact;
    DELETE FROM desk.order_fact;
    INSERT INTO desk.order_fact SELECT * FROM desk.all_order_facts();
    ANALYZE desk.order_fact;
    INSERT INTO desk.refund_fact SELECT * FROM desk.all_refund_facts();
    INSERT INTO desk.path_fact SELECT * FROM desk.all_path_facts();
    ANALYZE desk.path_fact, desk.refund_fact;
    UPDATE desk.rollup SET built_at = clock_timestamp();
END
$$
"""
# What there is has to be added up; the worker counts everything anew when nothing was counted yet.
STALE = """
UPDATE desk.rollup SET built_at = NULL
WHERE EXISTS (SELECT FROM public."Order") OR EXISTS (SELECT FROM public."SpiritualPath")
"""
EVENTS = {
    "INSERT": "REFERENCING NEW TABLE AS new_rows",
    "DELETE": "REFERENCING OLD TABLE AS old_rows",
    "UPDATE": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
}


def _replacing(function: str) -> str:
    return function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def upgrade() -> None:
    before: dict[str, Any] = runpy.run_path(str(_ROLLUPS))
    for name in before["ROLLUPS"]:
        op.execute(f"DROP TABLE desk.{name}")
    for name in SUMS:
        op.execute(table(name))
    for name, definition in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON desk.{definition}")
    additions = "".join(before["adding"](name) for name in before["ROLLUPS"])
    op.execute(_replacing(before["REFRESH"].replace(additions, "")))
    for statement in (REBUILD_FACTS, FACT_DIFFERENCES, REBUILD_SUMS, REBUILD_ALL, differences()):
        op.execute(statement)
    for fact in FACTS:
        op.execute(add_function(fact))
        for event, rows in EVENTS.items():
            op.execute(
                f"CREATE TRIGGER add_{event.lower()} AFTER {event} ON desk.{fact} {rows}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION desk.add_{fact}()"
            )
    op.execute(STALE)


def downgrade() -> None:
    before: dict[str, Any] = runpy.run_path(str(_ROLLUPS))
    for fact in FACTS:
        for event in EVENTS:
            op.execute(f"DROP TRIGGER add_{event.lower()} ON desk.{fact}")
        op.execute(f"DROP FUNCTION desk.add_{fact}()")
    for function in ("sum_differences()", "rebuild_figures(text)", "rebuild_sums()"):
        op.execute(f"DROP FUNCTION desk.{function}")
    for name in SUMS:
        op.execute(f"DROP TABLE desk.{name}")
    for name, definition in INDEXES.items():
        if definition.split()[0] not in SUMS:
            op.execute(f"DROP INDEX desk.{name}")
    for name in before["ROLLUPS"]:
        op.execute(before["rollup_table"](name))
    for statement in (before["REFRESH"], before["REBUILD"], before["differences"]()):
        op.execute(_replacing(statement))
    op.execute(STALE)
