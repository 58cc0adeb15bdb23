"""A large seed lays indexes and foreign keys aside while it loads, and puts every one of them back."""

from typing import Any

import psycopg
import pytest

from dashboard.seed import fill
from dashboard.seed.fill import seed
from tests.databases import new_database

_SHAPE = b"""
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid,
    (SELECT max(attstattarget) FROM pg_attribute a WHERE a.attrelid = i.indexrelid AND attstattarget > 0)
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace IN ('public'::regnamespace, 'desk'::regnamespace)
UNION ALL
SELECT conrelid::regclass::text || '.' || conname, pg_get_constraintdef(oid), convalidated, NULL
FROM pg_constraint WHERE contype = 'f'
ORDER BY 1
"""


def _shape(url: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(_SHAPE).fetchall()


def test_a_large_seed_leaves_every_index_and_key_as_it_was(
    postgres_url: str, template_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "LARGE", 100)
    with new_database(postgres_url, template_database) as url:
        before = _shape(url)
        assert seed(url, None, clients=60, orders=150).rows["Order"] == 150
        assert _shape(url) == before
