"""Routes that are loaded by their first request: what few clicks need must not hold up every start."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.routing import BaseRoute, Route

Endpoint = Callable[[Request], Awaitable[Any]]


def late(path: str, method: str, load: Callable[[], Sequence[BaseRoute]]) -> Route:
    """A route that ``load`` makes when it is first asked for; it may be one of several that ``load`` returns."""

    @cache
    def endpoint() -> Endpoint:
        found: Endpoint = next(route.endpoint for route in load() if isinstance(route, Route) and route.path == path)
        return found

    async def answer(request: Request) -> Any:
        return await (await asyncio.to_thread(endpoint))(request)

    return Route(path, answer, methods=[method])
