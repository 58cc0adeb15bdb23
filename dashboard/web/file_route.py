"""``/files/{token}``: who asks is checked twice (the link's session, the role), then the file is sent."""

import logging
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote
from uuid import UUID

import anyio
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from dashboard.auth.requests import person_of, speak
from dashboard.auth.signing import Signer
from dashboard.files import (
    Bucket,
    FileKind,
    FileRef,
    Link,
    PhotoSource,
    SourceKind,
    Variant,
    photo_source,
    read_token,
    session_mark,
)
from dashboard.gateways.storage import Storage, StorageMissing, StorageUnavailable, StoredObject
from dashboard.locale import _
from dashboard.web.headers import NOTHING
from dashboard.web.images import (
    LARGEST_FILE,
    BrokenImage,
    ImageTooLarge,
    Picture,
    PictureCache,
    decode_data_url,
    render,
)
from lumira_db.actor import Actor
from lumira_db.clock import utcnow
from lumira_db.engine import Database
from lumira_db.permissions import Permission, allows
from lumira_db.queries.client_access import client_of_file, shown_to
from lumira_db.queries.files import (
    FilePlace,
    find_delivery_pdf,
    find_order_file,
    find_profile_photo,
    find_reading_pdf,
    get_profile_photo,
)
from lumira_db.queries.sessions import SignedIn
from lumira_db.states import Intimate

log = logging.getLogger(__name__)

CACHE_BYTES = 32 * 1024 * 1024
_THREADS = 3
# Without ``sandbox``: not every browser starts its own viewer in one. Scripts have no place here anyhow.
_PDF_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/heic": ".heic"}
# By whether it is a PDF. A photo may be uncovered for somebody for a while: the database is asked for that.
_SEEN_BY = {False: (Permission.SEE_INTIMATE, Permission.REVEAL_INTIMATE), True: (Permission.SEE_READINGS,)}


class FileMissing(Exception):
    """There is no such file, or no file at all."""


class FileForeign(Exception):
    """The file is on somebody else's site, where we do not go."""


class Files:
    """The route and what it needs. ``database`` is asked for late: it may not be there yet."""

    def __init__(self, own: Signer, database: Callable[[], Database], storage: Storage, bucket: Bucket) -> None:
        self._signer = own
        self._database = database
        self._storage = storage
        self._bucket = bucket
        self._cache = PictureCache(CACHE_BYTES)
        self._threads: anyio.CapacityLimiter | None = None

    def routes(self) -> list[BaseRoute]:
        """The one route, behind the guard."""
        return [Route("/files/{token:path}", self.send, methods=["GET"])]

    async def send(self, request: Request) -> Response:
        """The file, or a short text that says why not."""
        speak(request.scope)
        link = read_token(self._signer, request.path_params["token"])
        person = person_of(request.scope)
        if link is None or person is None or not self._may_see(link, person):
            return _refusal(403, _("This link is not for you."))
        if link.expired(time.time()):
            return _refusal(410, _("This link has expired: load the page again."))
        if self._threads is None:
            self._threads = anyio.CapacityLimiter(_THREADS)
        return await anyio.to_thread.run_sync(self._answer, link, person.actor, limiter=self._threads)

    def _may_see(self, link: Link, person: SignedIn) -> bool:
        right_session = link.session_mark == session_mark(self._signer, person.session_id)
        return right_session and any(allows(person.actor, one) for one in _SEEN_BY[link.ref.kind.is_pdf])

    def _answer(self, link: Link, person: Actor) -> Response:
        try:
            if link.ref.kind.is_pdf:
                return self._pdf(link)
            if not self._uncovered(link.ref, person):
                return _refusal(403, "This photo is not shown to you, or not any more.")
            return self._photo(link.ref, link.variant)
        except (FileMissing, StorageMissing):
            return _refusal(404, _("This file is missing."))
        except FileForeign:
            return _refusal(404, _("This file is kept on another site and is not fetched."), "external")
        except BrokenImage:
            return _refusal(415, _("This file is damaged, or not of a kind that is shown."))
        except ImageTooLarge:
            return _refusal(413, _("This file is too large to be shown."))
        except (StorageUnavailable, SQLAlchemyError):
            log.exception("a file could not be read")
            return _refusal(503, _("The storage does not answer. Try again in a few seconds."))

    def _uncovered(self, ref: FileRef, person: Actor) -> bool:
        """Whether the person may see this client's photos now: always, or because they said why they must."""
        if allows(person, Permission.SEE_INTIMATE):
            return True
        with self._database().reading() as session:
            client = client_of_file(session, ref.id) if ref.kind is FileKind.ORDER_FILE else ref.id
            return client is not None and Intimate.PHOTOS in shown_to(session, person, client, now=utcnow())

    def _photo(self, ref: FileRef, variant: Variant) -> Response:
        key, read, name = self._photo_place(ref)
        kept = f"{variant}:{key}"
        picture = self._cache.get(kept)
        if picture is None:
            picture = render(read(), variant)
            if variant != "original":
                self._cache.put(kept, picture)
        return _picture(picture, name if variant == "original" else None)

    def _photo_place(self, ref: FileRef) -> tuple[str, Callable[[], bytes], str]:
        """What names the photo's present state, how to read it, and what to call it."""
        with self._database().reading() as session:
            if ref.kind is FileKind.ORDER_FILE:
                place = find_order_file(session, ref.id)
                key = self._key(place)
                return f"key:{key}", lambda: self._stored(key), place.name if place else ""
            head = find_profile_photo(session, ref.id, ref.field)
        source = photo_source(head.head if head else None, self._bucket)
        if head is not None and source.kind is SourceKind.DATA:
            version = f"profile:{ref.id}:{ref.field}:{head.version}"
            return version, lambda: self._in_column(ref, head.size), ref.field
        key = _key_of(source)
        return f"key:{key}", lambda: self._stored(key), ref.field

    def _key(self, place: FilePlace | None) -> str:
        if place is None:
            raise FileMissing
        by_key = photo_source(place.key, self._bucket)
        return _key_of(by_key if by_key.kind is not SourceKind.NONE else photo_source(place.url, self._bucket))

    def _stored(self, key: str) -> bytes:
        found = self._storage.get(key)
        if found.info.size > LARGEST_FILE:
            found.close()
            raise ImageTooLarge
        return found.read()

    def _in_column(self, ref: FileRef, size: int) -> bytes:
        if size > LARGEST_FILE * 2:
            raise ImageTooLarge
        with self._database().reading() as session:
            value = get_profile_photo(session, ref.id, ref.field)
        return decode_data_url(value)

    def _pdf(self, link: Link) -> Response:
        with self._database().reading() as session:
            if link.ref.kind is FileKind.READING_PDF:
                place = find_reading_pdf(session, link.ref.id)
            else:
                place = find_delivery_pdf(session, UUID(link.ref.id))
        stored = self._storage.get(self._key(place))
        pieces = stored.chunks()
        first = next(pieces, b"")
        if not first.startswith(b"%PDF-"):
            stored.close()
            raise BrokenImage
        kept = link.variant == "original"
        headers = _headers(_PDF_POLICY, "application/pdf", place.name if place else "", kept=kept)
        headers |= {"content-length": str(stored.info.size), "x-frame-options": "SAMEORIGIN"}
        return StreamingResponse(iterate_in_threadpool(_rest(first, pieces, stored)), headers=headers)


def _rest(first: bytes, pieces: Iterator[bytes], stored: StoredObject) -> Iterator[bytes]:
    try:
        yield first
        yield from pieces
    finally:
        stored.close()


def _key_of(source: PhotoSource) -> str:
    if source.kind is SourceKind.FOREIGN:
        raise FileForeign
    if source.kind is SourceKind.UNREADABLE:
        raise BrokenImage
    if source.key is None:
        raise FileMissing
    return source.key


def _picture(picture: Picture, keep_as: str | None) -> Response:
    name = keep_as or ""
    if name and "." not in name:
        name += _ENDINGS[picture.content_type]
    return Response(picture.body, headers=_headers(NOTHING, picture.content_type, name, kept=keep_as is not None))


def _headers(policy: str, content_type: str, name: str, *, kept: bool) -> dict[str, str]:
    how = "attachment" if kept else "inline"
    disposition = f"{how}; filename*=UTF-8''{quote(name, safe='')}" if name else how
    return {
        "content-type": content_type,
        "content-disposition": disposition,
        "content-security-policy": policy,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }


def _refusal(status: int, text: str, outcome: str | None = None) -> Response:
    headers = {"cache-control": "no-store", "content-security-policy": NOTHING}
    if outcome is not None:
        headers["x-lumira-file"] = outcome
    return PlainTextResponse(f"{text}\n", status, headers=headers)
