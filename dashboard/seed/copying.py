"""Streams rows into tables with COPY, owners before what hangs on them."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from operator import itemgetter
from typing import Any

from psycopg import Connection, sql

Row = dict[str, Any]

TABLES = (
    *(("public", name) for name in ("Expert", "Product", "SystemSetting", "User", "UserProfile", "Order", "OrderFile")),
    *(("public", name) for name in ("SpiritualPath", "PathStep", "Insight", "AkashicRecord", "ChatSession")),
    *(("public", name) for name in ("ProductOrder", "ProcessedEvent", "SequenceCounter")),
    *(("desk", name) for name in ("staff_account", "reading_version", "generation", "delivery", "audit")),
)
"""Every table that the seed fills, in an order that the foreign keys allow."""


class Batch:
    """Rows that are waiting to be copied, by table. While some are on their way, the next ones are made."""

    def __init__(self, connection: Connection[Any]) -> None:
        self._connection = connection
        self._waiting: dict[str, list[Row]] = {}
        self._courier = ThreadPoolExecutor(1)
        self._under_way: Future[None] | None = None
        self.counts: dict[str, int] = {}

    def add(self, table: str, row: Row) -> None:
        """Put a row of ``table`` into the next flush. All rows of a table have the same columns."""
        self._waiting.setdefault(table, []).append(row)

    def flush(self) -> None:
        """Send off everything that waits; returns when what was sent off before has arrived."""
        self.settle()
        sent, self._waiting = self._waiting, {}
        self._under_way = self._courier.submit(self._copy_all, sent)

    def settle(self) -> None:
        """Wait for what is under way. The connection is the caller's own again until the next flush."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def _copy_all(self, sent: dict[str, list[Row]]) -> None:
        for schema, table in TABLES:
            rows = sent.get(table)
            if rows:
                self._copy(schema, table, rows)
                self.counts[table] = self.counts.get(table, 0) + len(rows)

    def _copy(self, schema: str, table: str, rows: Sequence[Row]) -> None:
        columns = tuple(rows[0])
        values = itemgetter(*columns)
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(schema, table), names)
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(values(row))
