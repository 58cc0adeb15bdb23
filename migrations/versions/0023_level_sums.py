"""Sums by day, week and month of all sources and of new and returning clients together: what most looks ask for.

They are a tenth of the rows of the sums of 0021, which stay for whoever asks for a source, or for new clients alone.
And the orders of a day that is cut are found in an index alone.
"""

import runpy
from pathlib import Path
from typing import Any

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_SUMS = Path(__file__).with_name("0021_sums.py")
_FIRST = "is_first::int"
INDEXES = {
    "order_fact_paid_idx": (
        """order_fact (paid_day, currency) INCLUDE (level, source, is_first, prev_day, prev_level_day{})
        WHERE kind = 'PAID'""",
        ", paid_at, amount, refunded, refund_cents",
    ),
    "order_fact_created_idx": (
        "order_fact (created_day{}) WHERE kind <> 'FREE'",
        ", currency) INCLUDE (level, source, is_first, created_at, kind, amount",
    ),
}


def _added(before: dict[str, Any]) -> dict[str, Any]:
    """The sums of this migration, by the table whose rows they add up."""
    made, start, by = before["Sum"], before["_start"], before["_by"]
    found = {}
    for grain in ("day", "week", "month"):
        for name, more in {"revenue": {"first_orders": ("integer", _FIRST)}, "checkout": {}, "refund": {}}.items():
            fine = before["SUMS"][f"{name}_{grain}"]
            day = {"revenue": "paid_day", "checkout": "created_day", "refund": "day"}[name]
            keys = start(grain, day) | by("currency", "level")
            found[f"{name}_{grain}"] = made(keys, fine.sums | more, fine.fact, fine.where)
    return found


def _name(fine: str) -> str:
    name, grain = fine.split("_")
    return f"{name}_level_{grain}"


def _adding_up(fine: str, one: Any) -> str:
    """SQL that fills a table from the finer sums, which are there already."""
    keys = ", ".join(one.keys)
    columns = {c: f"sum({'orders * ' + _FIRST if c == 'first_orders' else c})" for c in one.sums}
    moved = " OR ".join(f"{column} <> 0" for column in columns.values())
    return (
        f"INSERT INTO desk.{_name(fine)} ({keys}, {', '.join(columns)}) SELECT {keys}, {', '.join(columns.values())} "
        f"FROM desk.{fine} GROUP BY {keys} HAVING {moved} ORDER BY {keys}"
    )


def _functions(before: dict[str, Any]) -> list[str]:
    """SQL of the functions of 0021, for the sums that ``before`` describes now."""
    rebuild = f"""
CREATE FUNCTION desk.rebuild_sums() RETURNS void LANGUAGE plpgsql SET work_mem = '256MB' AS $$
BEGIN{"".join(before["rebuilding"](name) for name in before["SUMS"])}
END
$$
"""
    return [*(before["add_function"](fact) for fact in before["FACTS"]), rebuild, before["differences"]()]


def _replace(statements: list[str]) -> None:
    for statement in statements:
        op.execute(statement.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))


def _index(name: str, definition: str) -> None:
    op.execute(f"DROP INDEX desk.{name}")
    op.execute(f"CREATE INDEX {name} ON desk.{definition}")


def upgrade() -> None:
    before: dict[str, Any] = runpy.run_path(str(_SUMS))
    added = _added(before)
    before["SUMS"].update({_name(fine): one for fine, one in added.items()})
    for fine, one in added.items():
        op.execute(before["table"](_name(fine)))
        op.execute(_adding_up(fine, one))
        op.execute(f"ANALYZE desk.{_name(fine)}")
    _replace(_functions(before))
    for name, (definition, more) in INDEXES.items():
        _index(name, definition.format(more))


def downgrade() -> None:
    before: dict[str, Any] = runpy.run_path(str(_SUMS))
    for name, (definition, _more) in INDEXES.items():
        _index(name, definition.format(""))
    _replace(_functions(before))
    for fine in _added(before):
        op.execute(f"DROP TABLE desk.{_name(fine)}")
