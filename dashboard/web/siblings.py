"""Media files of Streamlit's lie in the memory of the process whose session made them: the others ask it for them."""

from collections.abc import Sequence

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.auth.requests import header

_ASKED = b"x-lumira-sibling"
_HOP = {b"connection", b"accept-encoding"}
_KEPT = ("content-type", "content-disposition", "content-range", "accept-ranges", "cache-control")
_PATIENCE = 5.0


class Siblings:
    """Before the guard, so that the cookie goes along; whom the guard does not let in gets no 404 to ask others for.

    ``addresses`` are those of all the processes; that one of them is the asking one does no harm.
    """

    def __init__(self, app: ASGIApp, addresses: Sequence[str]) -> None:
        self.app = app
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._may_be_elsewhere(scope):
            await self.app(scope, receive, send)
            return
        missing = False

        async def send_found(message: Message) -> None:
            nonlocal missing
            missing = missing or (message["type"] == "http.response.start" and message["status"] == 404)
            if not missing:
                await send(message)

        await self.app(scope, receive, send_found)
        if missing:
            await (await self._ask(scope))(scope, receive, send)

    def _may_be_elsewhere(self, scope: Scope) -> bool:
        return (
            bool(self._addresses)
            and scope["type"] == "http"
            and scope["method"] in {"GET", "HEAD"}
            and scope["path"].startswith("/media/")
            and header(scope, _ASKED) is None
        )

    async def _ask(self, scope: Scope) -> Response:
        # Late: few files are asked for in the wrong process, and none before somebody has clicked.
        import httpx

        headers = [(name, value) for name, value in scope["headers"] if name not in _HOP]
        target = scope["raw_path"].decode("ascii") + (f"?{query}" if (query := scope["query_string"].decode()) else "")
        async with httpx.AsyncClient(trust_env=False, timeout=_PATIENCE) as client:
            for address in self._addresses:
                try:
                    url = address + target
                    answer = await client.request(scope["method"], url, headers=[*headers, (_ASKED, b"1")])
                except httpx.TransportError:
                    continue
                if answer.status_code != 404:
                    kept = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
                    return Response(answer.content, answer.status_code, kept)
        return PlainTextResponse("File not found", 404)
