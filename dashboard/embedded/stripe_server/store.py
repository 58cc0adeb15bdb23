"""Where the stand-in keeps its objects: one SQLite database, in a file or in memory."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Object = dict[str, Any]

PREFIXES = {
    "pi_": "payment_intent",
    "ch_": "charge",
    "re_": "refund",
    "du_": "dispute",
    "txn_": "balance_transaction",
    "evt_": "event",
    "po_": "payout",
    "cs_": "checkout.session",
    "cus_": "customer",
}
"""Which kind of object an id names, by how it begins."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
    place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, created INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS object_listed ON object (kind, created DESC, place DESC);
CREATE TABLE IF NOT EXISTS link (object_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS link_found ON link (name, value);
CREATE INDEX IF NOT EXISTS link_of ON link (object_id);
CREATE TABLE IF NOT EXISTS answer (key TEXT PRIMARY KEY, asked TEXT NOT NULL, status INTEGER NOT NULL, body TEXT);
CREATE TABLE IF NOT EXISTS owed (
    event_id TEXT NOT NULL, url TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL,
    PRIMARY KEY (event_id, url)
);
"""
_PLACE = "SELECT created, place FROM object WHERE id = ?"
_LINKED = "SELECT object_id FROM link WHERE name = ? AND value IN"
# What lists can be narrowed by, besides ``created``.
_LINKS = ("payment_intent", "charge", "customer", "source", "type", "payout", "status")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of a list. ``created`` maps gt, gte, lt, lte to unix seconds; ``links`` are further conditions, of
    which each may be met by any of its values."""

    kind: str
    limit: int = 10
    starting_after: str | None = None
    ending_before: str | None = None
    created: Mapping[str, int] | None = None
    links: Mapping[str, tuple[str, ...]] | None = None


class Store:
    """The objects, the answers given under idempotency keys, and the webhooks still owed."""

    def __init__(self, path: Path | None = None) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_SCHEMA}")

    def close(self) -> None:
        """Let go of the file, complete."""
        self._db.close()

    @contextmanager
    def change(self) -> Iterator[None]:
        """All or nothing."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def put(self, item: Object) -> Object:
        """Keep an object as it is now; ``id``, ``object`` and ``created`` are its own."""
        body = json.dumps(item, separators=(",", ":"))
        known = self._db.execute("UPDATE object SET body = ? WHERE id = ?", (body, item["id"])).rowcount
        if not known:
            self._db.execute(
                "INSERT INTO object (id, kind, created, body) VALUES (?, ?, ?, ?)",
                (item["id"], item["object"], item["created"], body),
            )
        self._db.execute("DELETE FROM link WHERE object_id = ?", (item["id"],)) if known else None
        links = [(item["id"], name, item[name]) for name in _LINKS if isinstance(item.get(name), str)]
        self._db.executemany("INSERT INTO link VALUES (?, ?, ?)", links)
        return item

    def find(self, object_id: str) -> Object | None:
        """The object of this id, as it is now."""
        row = self._db.execute("SELECT body FROM object WHERE id = ?", (object_id,)).fetchone()
        return json.loads(row[0]) if row else None

    def page(self, wanted: Wanted) -> tuple[list[Object], bool]:
        """One page, the newest first, and whether there is more in its direction."""
        conditions, values = self._conditions(wanted)
        backward = wanted.ending_before is not None
        order = "ASC" if backward else "DESC"
        rows = self._db.execute(
            f"SELECT body FROM object o WHERE {' AND '.join(conditions)} "  # noqa: S608 - our own words, bound values
            f"ORDER BY created {order}, place {order} LIMIT ?",
            (*values, wanted.limit + 1),
        ).fetchall()
        found = [json.loads(row[0]) for row in rows[: wanted.limit]]
        return (found[::-1] if backward else found), len(rows) > wanted.limit

    def _conditions(self, wanted: Wanted) -> tuple[list[str], list[Any]]:
        conditions = ["o.kind = ?"]
        values: list[Any] = [wanted.kind]
        signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
        for name, moment in (wanted.created or {}).items():
            conditions.append(f"o.created {signs[name]} ?")
            values.append(moment)
        for mark, sign in ((wanted.starting_after, "<"), (wanted.ending_before, ">")):
            if mark is not None:
                conditions.append(f"(o.created, o.place) {sign} ({_PLACE})")
                values.append(mark)
        for name, accepted in (wanted.links or {}).items():
            marks = ", ".join("?" * len(accepted))
            conditions.append(f"o.id IN ({_LINKED} ({marks}))")
            values += [name, *accepted]
        return conditions, values

    def answer(self, key: str) -> tuple[str, int, Object] | None:
        """What was asked and answered under an idempotency key."""
        row = self._db.execute("SELECT asked, status, body FROM answer WHERE key = ?", (key,)).fetchone()
        return (row[0], row[1], json.loads(row[2])) if row else None

    def keep_answer(self, key: str, asked: str, status: int, body: Object) -> None:
        """Remember an answer under its idempotency key."""
        self._db.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", (key, asked, status, json.dumps(body)))

    def forget_answers(self) -> None:
        """Forget every idempotency key, as Stripe does after a day."""
        self._db.execute("DELETE FROM answer")

    def owe(self, event_id: str, urls: Iterable[str], due: float) -> None:
        """The event is to be delivered to these addresses."""
        self._db.executemany(
            "INSERT OR IGNORE INTO owed (event_id, url, due) VALUES (?, ?, ?)", [(event_id, url, due) for url in urls]
        )

    def due(self, now: float) -> list[tuple[str, str, int]]:
        """Event, address and attempts so far of what is to be delivered by now."""
        return self._db.execute(
            "SELECT event_id, url, attempts FROM owed WHERE due <= ? ORDER BY due, event_id LIMIT 50", (now,)
        ).fetchall()

    def delivered(self, event_id: str, url: str) -> None:
        """Somebody took the event."""
        self._db.execute("DELETE FROM owed WHERE event_id = ? AND url = ?", (event_id, url))

    def postpone(self, event_id: str, url: str, due: float) -> None:
        """Nobody took it: try again then."""
        self._db.execute(
            "UPDATE owed SET attempts = attempts + 1, due = ? WHERE event_id = ? AND url = ?", (due, event_id, url)
        )

    def counts(self) -> dict[str, int]:
        """How many objects there are of each kind."""
        return dict(self._db.execute("SELECT kind, count(*) FROM object GROUP BY kind").fetchall())
