"""What is wrong with real data, put where somebody will meet it: on orders that are open now.

The oldest ones stay as they should be, so that the first order a person takes is an ordinary one.
The same faults, and more, are strewn among the rest by the modules that make the rows.
"""

from dataclasses import dataclass, field

from dashboard.seed.people import Wishes
from dashboard.seed.timeline import OPEN, Fate, Timeline
from lumira_db.enums import UserStatus

_CLEAN = {Fate.AWAITING: 6, Fate.PAID: 3, Fate.PROCESSING: 2, Fate.BROKEN: 1}
_ROUND = 25
# Faults of the client, and faults of the order; the numbers are positions in the list of odd names.
_OF_CLIENT = (
    *("name 1", "banned", "photos none", "photos broken", "name 2", "photos missing"),
    *("photos huge", "name 3", "suspended", "name 4", "photos inline"),
)
_OF_ORDER = ("legacy", "empty", "foreign", "lecture", "level", "amount", "revised", "free")
# An order without a reading yet has fewer.
_OF_CLIENT_EARLY = ("banned", "photos none", "suspended")
_OF_ORDER_EARLY = ("level", "amount")


@dataclass(slots=True)
class Dirt:
    """Wishes for clients, and for orders by their index."""

    clients: Wishes = field(default_factory=Wishes)
    orders: dict[int, str] = field(default_factory=dict)


def strew(timeline: Timeline) -> Dirt:
    """Give each open order at most one fault."""
    dirt, taken = Dirt(), set[int]()
    for fate in OPEN:
        numbers = [number for number, order in enumerate(timeline.orders) if order.fate is fate]
        for number in numbers[: _CLEAN[fate]]:
            dirt.clients.ordinary.add(timeline.orders[number].client)
            taken.add(timeline.orders[number].client)
    for fate in OPEN:
        numbers = [number for number, order in enumerate(timeline.orders) if order.fate is fate]
        faults = (_OF_CLIENT, _OF_ORDER) if fate is Fate.AWAITING else (_OF_CLIENT_EARLY, _OF_ORDER_EARLY)
        _strew_among(numbers[_CLEAN[fate] :], faults, timeline, dirt, taken)
    for order in timeline.orders:
        if order.fate in OPEN:
            dirt.clients.status.setdefault(order.client, UserStatus.ACTIVE)
    return dirt


def _strew_among(
    numbers: list[int],
    faults: tuple[tuple[str, ...], tuple[str, ...]],
    timeline: Timeline,
    dirt: Dirt,
    taken: set[int],
) -> None:
    of_client: list[str] = []
    of_order: list[str] = []
    for position, number in enumerate(numbers):
        if position % _ROUND == 0:
            of_client, of_order = list(faults[0]), list(faults[1])
        client = timeline.orders[number].client
        turn = client not in taken and (position % 2 == 0 or not of_order)
        taken.add(client)
        if turn and of_client:
            _wish(dirt.clients, client, of_client.pop(0))
        elif of_order:
            dirt.orders[number] = of_order.pop(0)


def _wish(wishes: Wishes, client: int, fault: str) -> None:
    kind, _, what = fault.partition(" ")
    if kind == "name":
        wishes.odd_name[client] = int(what)
    elif kind == "photos":
        huge_again = what == "huge" and "huge" in wishes.photos.values()
        wishes.photos[client] = "inline" if huge_again else what
    else:
        wishes.status[client] = UserStatus(kind.upper())
