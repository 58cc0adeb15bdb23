"""Give money back, or tell the client, in a process that is killed without warning after a step.

The processes are forked from one that has loaded the Desk already: loading it takes longer than all they do.
"""

import multiprocessing
import os
import signal
from collections.abc import Mapping
from uuid import UUID

from dashboard.gateways.mail import make_mailer
from dashboard.gateways.stripe import make_stripe
from dashboard.settings import Settings
from dashboard.workflows.refund_notices import tell_client
from dashboard.workflows.refunds import give_back
from lumira_db.engine import Database

_LONGEST = 60.0


def die_after(step: str, request_id: UUID, environment: Mapping[str, str]) -> int | None:
    """Let a process with this environment work on the refund until ``step``; how it ended (-9: killed)."""
    nursery = multiprocessing.get_context("forkserver")
    nursery.set_forkserver_preload([__name__, "stripe"])
    process = nursery.Process(target=_work, args=(step, request_id, dict(environment)))
    process.start()
    process.join(_LONGEST)
    ended = process.exitcode
    process.kill()
    return ended


def _work(step: str, request_id: UUID, environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    settings = Settings()
    database = Database(settings.database_url.get_secret_value(), pool_size=2)

    def die(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    give_back(request_id, database=database, stripe=make_stripe(settings), checkpoint=die)
    tell_client(request_id, database=database, mailer=make_mailer(settings), settings=settings, checkpoint=die)
