"""One visitor at a time: every screen in turn, an empty page before each, at all sizes in the same minutes."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from benchmarks.figures import Spread, percentile, ratio
from benchmarks.house import People, Server
from benchmarks.machine import cpu_seconds
from benchmarks.results import ScreenFigures
from benchmarks.screens import Screen, empty
from benchmarks.statements import Counts, Ledger, SqlFigures, difference
from benchmarks.visitor import Answer, Visitor, visit
from lumira_db.actor import Role

Tell = Callable[[float, float, str], None]
_WARM = 3


@dataclass
class Place:
    """A server with its people and the screens to look at there."""

    server: Server
    people: People
    screens: Sequence[Screen]
    times: dict[Screen, list[float]] = field(default_factory=lambda: defaultdict(list))
    busy: dict[Screen, list[float]] = field(default_factory=lambda: defaultdict(list))
    last: dict[Screen, Answer] = field(default_factory=dict)

    def figures(self, sql: dict[Screen, SqlFigures]) -> list[ScreenFigures]:
        """What the clicks came to."""
        return [
            ScreenFigures(
                screen.name,
                screen.group,
                (spread := Spread.of(self.times[screen])),
                ratio(spread.p50, Spread.of(self.times[empty(screen.role)]).p50),
                (cpu := percentile(self.busy[screen], 0.5)),
                ratio(cpu, percentile(self.busy[empty(screen.role)], 0.5)),
                self.last[screen].size / 1024,
                self.last[screen].rows,
                sql.get(screen),
            )
            for screen in self.screens
        ]


async def click_through(places: Sequence[Place], rounds: int, tell: Tell) -> None:
    """Click on every screen ``rounds`` times, the sizes taking turns, so that all of them meet the same machine."""
    async with AsyncExitStack() as stack:
        tabs = [await _open_tabs(stack, place) for place in places]
        total = rounds * len(places[0].screens)
        for number in range(rounds + _WARM):
            for index, named in enumerate(places[0].screens):
                for place, visitors in zip(places, tabs, strict=True):
                    screen = place.screens[index]
                    await _measure(place, visitors, empty(screen.role), kept=number >= _WARM)
                    await _measure(place, visitors, screen, kept=number >= _WARM)
                tell(max(0, number - _WARM) * len(places[0].screens) + index, total, named.name)


async def _measure(place: Place, visitors: dict[Screen, Visitor], screen: Screen, *, kept: bool) -> None:
    began = cpu_seconds(place.server.pid)
    answer = await visitors[screen].click()
    if kept:
        place.busy[screen].append((cpu_seconds(place.server.pid) - began) * 1000)
        place.times[screen].append(answer.ms)
        place.last[screen] = answer


async def _open_tabs(stack: AsyncExitStack, place: Place) -> dict[Screen, Visitor]:
    """A tab for every screen, and one with the empty page for every role."""
    tokens = {role: place.people.token(role) for role in Role}
    tabs = {}
    for screen in [*place.screens, *map(empty, Role)]:
        tabs[screen] = await stack.enter_async_context(visit(place.server.url, tokens[screen.role]))
        await tabs[screen].open(screen.page, screen.query)
    return tabs


async def count_statements(place: Place, clicks: int, tell: Tell) -> dict[Screen, SqlFigures]:
    """What every screen asks of PostgreSQL when nothing is in the server's caches."""
    found: dict[Screen, SqlFigures] = {}
    with Ledger(place.server.store.admin_url, place.server.store.url) as ledger:
        for number, screen in enumerate(place.screens):
            tell(number, len(place.screens), screen.name)
            token = place.people.token(screen.role)
            async with visit(place.server.url, token) as visitor, visit(place.server.url, token) as forgetting:
                await forgetting.open("empty", "forget=1")
                await visitor.open(screen.page, screen.query)
                found[screen] = ledger.figures([await _one(ledger, visitor, forgetting) for _ in range(clicks)])
    return found


async def _one(ledger: Ledger, visitor: Visitor, forgetting: Visitor) -> Counts:
    await forgetting.click()
    before = ledger.counts()
    await visitor.click()
    return difference(before, ledger.counts())
