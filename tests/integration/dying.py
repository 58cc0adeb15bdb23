"""``python -m tests.integration.dying DELIVERY STEP``: deliver, and be killed without warning after STEP."""

import os
import signal
import sys
from uuid import UUID

from dashboard.settings import get_settings
from dashboard.worker import make_services
from dashboard.workflows.deliver import deliver


def main() -> None:
    delivery_id, step = sys.argv[1:]
    services = make_services(get_settings())

    def die(name: str) -> None:
        if name == step:
            os.kill(os.getpid(), signal.SIGKILL)

    deliver(
        UUID(delivery_id),
        database=services.database,
        storage=services.storage,
        mailer=services.mailer,
        settings=services.settings,
        checkpoint=die,
    )


if __name__ == "__main__":
    main()
