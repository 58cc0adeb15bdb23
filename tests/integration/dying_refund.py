"""``python -m tests.integration.dying_refund REQUEST STEP``: give money back, or tell the client, and be killed without
warning after STEP."""

import os
import signal
import sys
from uuid import UUID

from dashboard.gateways.mail import make_mailer
from dashboard.gateways.stripe import make_stripe
from dashboard.settings import get_settings
from dashboard.workflows.refund_notices import tell_client
from dashboard.workflows.refunds import give_back
from lumira_db.engine import Database


def main() -> None:
    request_id, step = UUID(sys.argv[1]), sys.argv[2]
    settings = get_settings()
    database = Database(settings.database_url.get_secret_value(), pool_size=2)

    def die(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    give_back(request_id, database=database, stripe=make_stripe(settings), checkpoint=die)
    tell_client(request_id, database=database, mailer=make_mailer(settings), settings=settings, checkpoint=die)


if __name__ == "__main__":
    main()
