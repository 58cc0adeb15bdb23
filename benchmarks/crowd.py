"""Many people at once, each with time to think, on the screens where people are."""

import asyncio
import os
import random
import time
from collections import defaultdict
from contextlib import AsyncExitStack

from benchmarks import machine
from benchmarks.clicks import Tell
from benchmarks.figures import Spread
from benchmarks.house import People, Server
from benchmarks.results import CrowdFigures
from benchmarks.screens import Screen
from benchmarks.visitor import Visitor, visit
from lumira_db.actor import Role

_THINKS = 1.5, 4.5
"""Seconds between two clicks of one person."""
_WEIGHTS = {"queue": 30, "order": 30, "orders": 20, "clients": 8, "client": 5, "home": 7}
"""How often people go where; the looks of one screen share its weight."""
_STAYS = 0.5
"""The share of clicks that stay on the screen."""
_SETTLES_WITHIN = 8.0


async def crowd(
    server: Server, people: People, screens: list[Screen], *, sessions: int, seconds: float, tell: Tell
) -> CrowdFigures:
    """Let ``sessions`` people work for ``seconds`` on a server that has just been started."""
    tokens = {role: people.token(role) for role in Role}
    await _tour(server, tokens, screens)
    before = await _settled(server.pid)
    times: dict[Screen, list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        members = []
        for number in range(sessions):
            role = Role.EXPERT if number % 5 else Role.ADMIN
            tab = await stack.enter_async_context(visit(server.url, people.token(role)))
            members.append(_Member(tab, [s for s in screens if s.role is role and s.group in _WEIGHTS], number))
        for member in members:
            await member.arrive()
        busy, stolen, began = machine.cpu_seconds(server.pid), machine.stolen_seconds(), time.monotonic()
        watch = asyncio.create_task(_watch(began, seconds, tell))
        async with asyncio.TaskGroup() as working:
            for member in members:
                working.create_task(member.work(began + seconds, times))
        watch.cancel()
        took = time.monotonic() - began
        cpu = (machine.cpu_seconds(server.pid) - busy) / took
        share = (machine.stolen_seconds() - stolen) / took / (os.cpu_count() or 1)
        after = machine.memory(server.pid)
    everything = Spread.of([ms for several in times.values() for ms in several])
    by_screen = {screen.name: Spread.of(several) for screen, several in times.items()}
    return CrowdFigures(sessions, took, everything, by_screen, cpu, share, before, after)


class _Member:
    """One person: clicks, thinks, and has the parts of the screen refreshed that ask for it."""

    def __init__(self, visitor: Visitor, screens: list[Screen], number: int) -> None:
        self._visitor, self._screens, self._chance = visitor, screens, random.Random(number)
        looks = [screen.group for screen in screens]
        self._weights = [_WEIGHTS[group] / looks.count(group) for group in looks]
        self._screen = self._choose()

    async def arrive(self) -> None:
        """Open the first screen."""
        await self._visitor.open(self._screen.page, self._screen.query)

    async def work(self, until: float, times: dict[Screen, list[float]]) -> None:
        """Click until the time is over; the first click comes at a moment of each person's own."""
        await self._rest(self._chance.uniform(0, _THINKS[1]), until)
        while time.monotonic() < until:
            if self._chance.random() < _STAYS:
                answer = await self._visitor.click()
            else:
                self._screen = self._choose()
                answer = await self._visitor.open(self._screen.page, self._screen.query)
            times[self._screen].append(answer.ms)
            await self._rest(self._chance.uniform(*_THINKS), until)

    async def _rest(self, seconds: float, until: float) -> None:
        """Think; meanwhile what refreshes by itself does so."""
        ends = min(time.monotonic() + seconds, until)
        due = {fragment: time.monotonic() + every for fragment, every in self._visitor.fragments.items()}
        while due:
            fragment = min(due, key=due.__getitem__)
            if due[fragment] >= ends:
                break
            await asyncio.sleep(max(0.0, due[fragment] - time.monotonic()))
            await self._visitor.refresh(fragment)
            due[fragment] = time.monotonic() + self._visitor.fragments[fragment]
        await asyncio.sleep(max(0.0, ends - time.monotonic()))

    def _choose(self) -> Screen:
        return self._chance.choices(self._screens, self._weights)[0]


async def _tour(server: Server, tokens: dict[Role, str], screens: list[Screen]) -> None:
    """Look at every screen once: what is loaded at the first look belongs to the server, not to a session."""
    for role, token in tokens.items():
        async with visit(server.url, token) as visitor:
            for screen in screens:
                if screen.role is role:
                    await visitor.open(screen.page, screen.query)


async def _settled(pid: int) -> machine.Use:
    """Its memory once the start is over: when a second passes without a change worth a megabyte."""
    use, until = machine.memory(pid), time.monotonic() + _SETTLES_WITHIN
    while time.monotonic() < until:
        await asyncio.sleep(1)
        last, use = use, machine.memory(pid)
        if abs(use.pss_mb - last.pss_mb) < 1:
            break
    return use


async def _watch(began: float, seconds: float, tell: Tell) -> None:
    while True:
        tell(time.monotonic() - began, seconds, "at work")
        await asyncio.sleep(0.5)
