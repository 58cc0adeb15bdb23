"""A hundred thousand payments held against the database: how long it takes, and how little memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from benchmarks.aims import Check
from benchmarks.scratch import scratch_database
from benchmarks.store import ROOT, Size
from benchmarks.suites.base import Bench, Outcome, Table
from dashboard.embedded.home import LOOPBACK, free_port
from dashboard.embedded.probes import http_answers
from dashboard.seed.payments import pay_orders

WHOLE, QUICK = Size.of_orders(130_000), Size.of_orders(5_000)
SECONDS, GROWTH_MB = 180.0, 40.0
_KEY = "sk_test_of_the_benchmarks"
_STARTS_WITHIN = 60.0


def run(bench: Bench) -> Outcome:
    """Seed orders and their payments at the stand-in, look twice: the second look finds the same and adds nothing."""
    size = QUICK if bench.quick else WHOLE
    store = bench.store(size)
    name = make_url(store.url).database
    with scratch_database(bench.running, "bench_reconcile", template=name) as url:
        account = bench.logs / "bench-stripe.db"
        for leftover in bench.logs.glob(f"{account.name}*"):
            leftover.unlink()
        with bench.steps.step("Their payments at the stand-in") as step:
            payments = pay_orders(url, account, lambda done, total: step.at(done, total, "events"))
        with _stand_in(account, bench.logs / "bench-stripe.log") as base:
            with bench.steps.step(f"{payments:,} payments, first look"):
                first = _look(url, base)
            with bench.steps.step(f"{payments:,} payments, second look"):
                second = _look(url, base)
        account.unlink()
    return _told(payments, [("first", first), ("second", second)], whole=not bench.quick)


def _told(payments: int, looks: list[tuple[str, dict[str, Any]]], *, whole: bool) -> Outcome:
    rows = [
        [
            name,
            f"{payments:,}",
            f"{look['lines']:,}",
            f"{look['seconds']:.1f}",
            f"{look['cpu_seconds']:.1f}",
            f"{look['tenth_mb']:.0f}",
            f"{look['peak_mb']:.0f}",
            str(look["findings"]),
        ]
        for name, look in looks
    ]
    heads = ["look", "payments", "lines of Stripe's", "seconds", "CPU s", "MB after a tenth", "MB at most", "findings"]
    notes = ["The stand-in answers from a process of its own on the same machine; CPU is the look's alone."]
    slowest = max(look["seconds"] for _name, look in looks)
    grown = max(look["peak_mb"] - look["tenth_mb"] for _name, look in looks)
    differ = abs(looks[0][1]["findings"] - looks[1][1]["findings"])
    unfinished = sum(look["state"] != "DONE" for _name, look in looks)
    checks = [
        Check("A look over 100,000 payments", SECONDS, "s", slowest if whole else None),
        Check("Memory that grows after a tenth of the work", GROWTH_MB, "MB", grown if whole else None),
        Check("Findings that the second look adds or loses", 0, "findings", float(differ)),
        Check("Looks that did not end", 0, "looks", float(unfinished)),
    ]
    return Outcome([Table("Reconciliation", heads, rows, notes)], {"payments": payments, "looks": dict(looks)}, checks)


@contextmanager
def _stand_in(account: Path, log: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "dashboard.embedded.stripe_server.server", "--port", str(port)]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--file", str(account)],
            cwd=ROOT,
            env=os.environ | {"STRIPE_API_KEY": _KEY},
            stdout=output,
            stderr=output,
        )
        try:
            until = time.monotonic() + _STARTS_WITHIN
            while not http_answers(port, "/healthz"):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"The stand-in did not answer:\n{log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.05)
            yield f"http://{LOOPBACK}:{port}"
        finally:
            process.terminate()
            process.wait()


def _look(url: str, base: str) -> dict[str, Any]:
    own = {"DATABASE_URL": url, "STRIPE_API_KEY": _KEY, "LUMIRA_STRIPE_API_BASE": base}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.reconcile_child"],
        cwd=ROOT,
        env=os.environ | own,
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
