"""The stand-in's side of the seeded orders."""

from dashboard.embedded.stripe_server.mirror import EVENTS_KEPT, Bought, mirror, remembered
from dashboard.embedded.stripe_server.store import Store, Wanted

NOW = 1_790_000_000
DAY = 86_400


def orders(count: int) -> list[Bought]:
    """So many paid orders over two hundred days, the last ones waiting for validation."""
    return [
        Bought(
            id=f"o{number}",
            intent=f"pi_{number:024x}",
            session=f"cs_{number}",
            amount=2900,
            currency="eur",
            status="AWAITING_VALIDATION" if number >= count - 14 else ("REFUNDED", "COMPLETED")[number % 9 > 0],
            created=NOW - 200 * DAY + number * 200 * DAY // count,
            paid=NOW - 200 * DAY + number * 200 * DAY // count + 60,
        )
        for number in range(count)
    ]


def every(store: Store, kind: str) -> dict[str, dict[str, object]]:
    return {one["id"]: one for one in store.page(Wanted(kind, 10_000))[0]}


def test_the_same_orders_make_the_same_account_with_something_for_every_screen() -> None:
    """Refunded orders are refunded whole; some payments are disputed, doubled, strange, or differ by an amount."""
    one, other = Store(), Store()
    assert mirror(orders(600), one, NOW) == mirror(orders(600), other, NOW)
    for kind in ("payment_intent", "charge", "refund", "dispute", "balance_transaction", "event"):
        assert every(one, kind) == every(other, kind)
    intents, charges = every(one, "payment_intent"), every(one, "charge")
    known = {order.intent: order for order in orders(600)}
    refunded = {charge["payment_intent"] for charge in charges.values() if charge["refunded"]}
    assert refunded >= {
        order.intent for order in known.values() if order.status == "REFUNDED" and order.intent in intents
    }
    assert any(0 < int(str(charge["amount_refunded"])) < int(str(charge["amount"])) for charge in charges.values())
    assert {dispute["status"] for dispute in every(one, "dispute").values()} >= {"needs_response"}
    assert known.keys() - intents.keys(), "a payment that Stripe does not know"
    assert len(intents.keys() - known.keys()) >= 2, "one paid twice, one that belongs to nobody"
    assert {intents[key]["amount"] for key in known.keys() & intents.keys()} == {2900, 3000}


def test_stripe_remembers_thirty_days() -> None:
    """Events are there for what happened within them, in order, and for nothing before."""
    store = Store()
    mirror(orders(300), store, NOW)
    told = [event["created"] for event in remembered(store)]
    assert told == sorted(told)
    assert NOW - EVENTS_KEPT <= told[0] <= NOW - EVENTS_KEPT + 2 * DAY
