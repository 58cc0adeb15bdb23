"""The few files of our own pages: style, mark, and the two typefaces that Streamlit brings along."""

from functools import lru_cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.web.headers import streamlit_folder

_OWN = Path(__file__).parent / "static"
_TYPES = {
    "door.css": "text/css",
    "icon.svg": "image/svg+xml",
    "icon.png": "image/png",
    "sky.svg": "image/svg+xml",
    "screens.css": "text/css",
    "leave.js": "text/javascript",
    "session.js": "text/javascript",
    "sans.woff2": "font/woff2",
    "serif.woff2": "font/woff2",
}
_FONTS = {"sans.woff2": "SourceSansVF-Upright.*.woff2", "serif.woff2": "SourceSerifVariable-Roman.*.woff2"}
_DAY = "public, max-age=86400"


def routes() -> list[BaseRoute]:
    """The routes, all of them public. Browsers ask for ``/favicon.ico`` unbidden."""
    return [
        Route("/web/{name}", _serve),
        Route("/favicon.ico", _serve),
        Route("/favicon.png", _serve),
    ]


async def _serve(request: Request) -> Response:
    name = request.path_params.get("name", "icon.png")
    path = find(name)
    if path is None:
        raise HTTPException(404)
    return FileResponse(path, media_type=_TYPES[name], headers={"cache-control": _DAY})


@lru_cache(maxsize=16)
def find(name: str) -> Path | None:
    """The file behind a public name; None for every other name."""
    if name not in _TYPES:
        return None
    if name not in _FONTS:
        return _OWN / name
    folder = streamlit_folder() / "static" / "static" / "media"
    return next(iter(sorted(folder.glob(_FONTS[name]))), None)
