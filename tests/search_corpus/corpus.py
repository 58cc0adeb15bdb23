"""Reads the corpus and fills a database with its clients."""

import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from lumira_db.models import Client
from tests.factories import NOON, make_client, make_order

HERE = Path(__file__).parent
QUOTES = '"""'


def clients(session: Session) -> dict[str, Client]:
    """Make the clients and their orders; by the names that the queries call them."""
    told = tomllib.loads((HERE / "clients.toml").read_text("utf-8"))
    made = {}
    for number, (key, facts) in enumerate(told.items()):
        made[key] = client = make_client(
            session,
            first_name=facts["first"],
            last_name=facts["last"],
            email=facts["email"],
            phone=facts["phone"] or None,
            ref_id=facts["ref"] or None,
            stripe_customer_id=facts.get("customer"),
            created_at=NOON - timedelta(days=number),
        )
        for order_number, payment, checkout in facts["orders"]:
            make_order(
                session,
                client,
                order_number=order_number,
                payment_intent_id=payment,
                stripe_session_id=checkout,
                created_at=NOON + timedelta(days=number),
            )
    return made


def queries() -> Iterator[tuple[str, str]]:
    """Whom each query means, and its text."""
    lines = iter((HERE / "queries.txt").read_text("utf-8").splitlines())
    for line in lines:
        if not line or line.startswith("#"):
            continue
        key, _, text = line.partition(": ")
        if text != QUOTES:
            yield key, text
            continue
        block = []
        for inner in lines:
            if inner == QUOTES:
                break
            block.append(inner)
        yield key, "\n".join(block)
