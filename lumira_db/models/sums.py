"""Sums of the facts, in the schema ``desk`` (migrations 0015, 0021, 0023): what each is by, and what is added up.

Triggers on the facts keep them. ``…_level_…``: of all sources, new and returning clients together. ``pair_…``: an order
and the one before it of the same client in the same currency (``level_…``: at the same level too), by the days or
months of both. ``sight_…``: paths by how many days they can be seen. ``span_…``: how long things took, in minutes.
``work_flow``: what came to wait and what ceased to.
"""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, Integer, Table, Text, text
from sqlalchemy.types import TypeEngine

from lumira_db.models.base import DeskBase

_TYPES: dict[str, TypeEngine[Any]] = {
    **dict.fromkeys(("day", "week", "month", "year", "cohort", "prev_day", "prev_month"), Date()),
    **dict.fromkeys(("left_day", "entered_day"), Date()),
    **dict.fromkeys(("currency", "source", "order_id", "archetype", "action", "kind", "part"), Text()),
    **dict.fromkeys(("is_first", "is_open"), Boolean()),
}


def _sum(name: str, keys: str, sums: str, *indexes: Index) -> Table:
    # A path may have no level: there it is text, and empty.
    types = {**_TYPES, "level": Text()} if name.startswith("path_") else _TYPES
    columns = [Column(key, types.get(key, Integer()), primary_key=True, autoincrement=False) for key in keys.split()]
    columns += [Column(one, BigInteger() if "cents" in one else Integer(), nullable=False) for one in sums.split()]
    return Table(name, DeskBase.metadata, *columns, *indexes)


_OF_ORDER = "currency level source is_first"
_PAID = "orders cents refunded refund_cents"
_CLIENTS = " ".join(f"{of}clients_{grain}" for of in ("", "level_") for grain in ("day", "week", "month"))
_PAIRS = {
    "pair_month": "prev_month month",
    "pair_from_day": "prev_day month",
    "pair_to_day": "day prev_month",
    "followed_day": "prev_day",
    "followed_month": "prev_month",
}
_REACHED = " ".join(f"reached_{day}" for day in range(1, 8))

SUMS: tuple[Table, ...] = (
    _sum("revenue_day", f"day {_OF_ORDER}", f"{_PAID} {_CLIENTS}"),
    *(
        _sum(f"revenue_{grain}", f"{grain} {_OF_ORDER}", f"{_PAID} clients level_clients")
        for grain in ("week", "month")
    ),
    *(
        table
        for grain in ("day", "week", "month")
        for table in (
            _sum(f"checkout_{grain}", f"{grain} {_OF_ORDER}", "orders converted abandoned failed abandoned_cents"),
            _sum(f"refund_{grain}", f"{grain} {_OF_ORDER}", "refunds cents estimated_cents"),
        )
    ),
    _sum("revenue_level_day", "day currency level", f"{_PAID} first_orders {_CLIENTS}"),
    *(
        _sum(f"revenue_level_{grain}", f"{grain} currency level", f"{_PAID} first_orders clients level_clients")
        for grain in ("week", "month")
    ),
    *(
        table
        for grain in ("day", "week", "month")
        for table in (
            _sum(
                *(f"checkout_level_{grain}", f"{grain} currency level"),
                "orders converted abandoned failed abandoned_cents",
            ),
            _sum(f"refund_level_{grain}", f"{grain} currency level", "refunds cents estimated_cents"),
        )
    ),
    *(_sum(f"price_{grain}", f"{grain} {_OF_ORDER} amount", "orders") for grain in ("day", "month")),
    *(
        _sum(f"value_{grain}", f"{grain} currency level source", "clients orders cents refund_cents")
        for grain in ("day", "month")
    ),
    _sum("hour_day", "day hour currency level", "orders cents"),
    *(_sum(f"hour_{grain}", f"{grain} weekday hour currency level", "orders cents") for grain in ("month", "year")),
    _sum("cohort_month", "cohort month currency level source", "clients active second"),
    _sum(
        *("refund_order", "order_id", "refunds"),
        Index("refund_order_several_idx", "order_id", postgresql_where=text("refunds > 1")),
    ),
    *(_sum(name, f"{keys} currency source", "pairs") for name, keys in _PAIRS.items()),
    *(_sum(f"level_{name}", f"{keys} level currency source", "pairs") for name, keys in _PAIRS.items()),
    *(_sum(f"path_{grain}", f"{grain} level archetype", f"paths done locked {_REACHED}") for grain in ("day", "month")),
    *(_sum(f"sight_{grain}", f"{grain} days is_open", "paths") for grain in ("day", "month")),
    *(_sum(f"step_{grain}", f"{grain} action", "steps opened done") for grain in ("day", "month")),
    *(_sum(f"span_hour_{grain}", f"kind {grain} part hour", "spans") for grain in ("day", "month")),
    *(_sum(f"span_minute_{grain}", f"kind part hour {grain} minutes", "spans") for grain in ("day", "month")),
    _sum(
        *("work_day", "left_day entered_day level", "orders"),
        Index("work_day_entered_idx", "entered_day", "left_day", postgresql_include=["level", "orders"]),
    ),
    _sum("work_flow", "day level", "came gone"),
)
