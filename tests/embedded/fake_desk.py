"""A demo with a stand-in for the Desk itself, run as a script: ``fake_desk.py HOME``.

``prepare`` adds a row to a table at every start; as ``fake_desk.py serve`` it answers what the Desk would, and as
``fake_desk.py worker`` it waits.
"""

import os
import sys
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg

from dashboard.embedded.demo import Account, Endpoints, run
from dashboard.embedded.steps import Steps


class Healthy(BaseHTTPRequestHandler):
    """Answers 200 to everything."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def prepare(endpoints: Endpoints, steps: Steps) -> Sequence[Account]:
    with steps.step("Counting starts") as step, psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (at timestamptz DEFAULT now())")
        connection.execute("INSERT INTO kept DEFAULT VALUES")
        step.at(1, 1, "done")
    return [Account("ADMIN", "admin@lumira.example", endpoints.home.secret("admin"))]


def main() -> None:
    wanted = sys.argv[1]
    if wanted == "serve":
        ThreadingHTTPServer(("127.0.0.1", int(os.environ["LUMIRA_PORT"])), Healthy).serve_forever()
    elif wanted == "worker":
        threading.Event().wait()
    else:
        run(Path(wanted), prepare=prepare, lumira=[sys.executable, str(Path(__file__).absolute())])


if __name__ == "__main__":
    main()
