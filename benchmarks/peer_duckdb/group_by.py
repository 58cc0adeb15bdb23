"""Runs in the peer's own environment: answers the figures with DuckDB over Parquet files.

Stdin is one JSON object: `tables` (name and the PostgreSQL query that is copied, once, to a Parquet file in `folder`),
`asked` (a name, statements and the two ends of a period) and `times`. Each answer is a line: the name and how many
milliseconds its statements took together, each time.
"""

import json
import sys
import time
from pathlib import Path

import duckdb
import psycopg


def copy(url: str, folder: Path, name: str, query: str) -> Path:
    parquet = folder / f"{name}.parquet"
    if not parquet.exists():
        rows = folder / f"{name}.csv"
        with (
            psycopg.connect(url) as connection,
            rows.open("wb") as file,
            connection.cursor().copy(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER)") as out,
        ):
            for part in out:
                file.write(part)
        duckdb.sql(f"COPY (SELECT * FROM read_csv('{rows}')) TO '{parquet}' (FORMAT parquet)")
        rows.unlink()
    return parquet


def main() -> None:
    told = json.load(sys.stdin)
    folder = Path(told["folder"])
    folder.mkdir(parents=True, exist_ok=True)
    database = duckdb.connect()
    for name, query in told["tables"].items():
        parquet = copy(sys.argv[1], folder, name, query)
        database.execute(f"CREATE VIEW {name} AS SELECT * FROM '{parquet}'")
    for one in told["asked"]:
        took = []
        for _ in range(told["times"]):
            began = time.perf_counter()
            for statement in one["statements"]:
                values = {name: one[name] for name in ("start", "end") if f"${name}" in statement}
                database.execute(statement, values).fetchall()
            took.append((time.perf_counter() - began) * 1000)
        print(json.dumps({"name": one["name"], "ms": took}), flush=True)


main()
