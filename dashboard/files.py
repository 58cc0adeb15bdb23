"""Links to photos and PDFs: ``/files/{token}``, short-lived, signed, and of use to one session only.

The bucket is private and the browser never leaves our address: the route streams from the storage, or
from the column in which the platform keeps a photo as text. What is not ours is never fetched.
"""

import json
import re
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal, Self
from urllib.parse import unquote, urlsplit

from dashboard.auth.signing import Signer, signer
from dashboard.settings import Settings, get_settings
from lumira_db.queries.files import PhotoField

Variant = Literal["thumb", "full", "original"]
"""A photo of 320 pixels, one as large as a screen, or the file as it was sent (to keep)."""

LINK_SECONDS = 600
_STEP = 300
# A link made for one purpose says so, and no other signature of ours fits it.
_PURPOSE = "file"


class FileKind(StrEnum):
    """What a link leads to."""

    ORDER_FILE = "o"
    PROFILE_PHOTO = "p"
    READING_PDF = "r"
    DELIVERY_PDF = "d"

    @property
    def is_pdf(self) -> bool:
        return self in {FileKind.READING_PDF, FileKind.DELIVERY_PDF}


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file of the database's: by the id of its row, and for a profile which of the two photos."""

    kind: FileKind
    id: str
    field: PhotoField = "face"

    @classmethod
    def order_file(cls, file_id: str) -> Self:
        """A photo that came with an order (``OrderFile.id``)."""
        return cls(FileKind.ORDER_FILE, file_id)

    @classmethod
    def profile_photo(cls, client_id: str, field: PhotoField) -> Self:
        """The face or the palm in a client's profile."""
        return cls(FileKind.PROFILE_PHOTO, client_id, field)

    @classmethod
    def reading_pdf(cls, order_id: str) -> Self:
        """The PDF that an order's reading was sealed as."""
        return cls(FileKind.READING_PDF, order_id)

    @classmethod
    def delivery_pdf(cls, delivery_id: str) -> Self:
        """The PDF of one delivery."""
        return cls(FileKind.DELIVERY_PDF, delivery_id)


@dataclass(frozen=True, slots=True)
class Link:
    """What a token says, once its signature was found good."""

    ref: FileRef
    variant: Variant
    session_mark: str
    expires: int

    def expired(self, now: float) -> bool:
        return now > self.expires


def file_url(ref: FileRef, *, session_id: str, variant: Variant = "full") -> str:
    """The file's address for this session, good for five to ten minutes.

    It changes every five minutes only, so that a screen drawn again shows the same picture and the
    browser does not load it anew.
    """
    return f"/files/{make_token(signer(_PURPOSE), ref, session_id=session_id, variant=variant, now=time.time())}"


def make_token(own: Signer, ref: FileRef, *, session_id: str, variant: Variant, now: float) -> str:
    """The signed part of a link. It names the session by a mark that leads back to nothing."""
    expires = int(now) // _STEP * _STEP + LINK_SECONDS
    values = [ref.kind, ref.id, ref.field, variant, session_mark(own, session_id), expires]
    return own.sign(json.dumps(values, separators=(",", ":")))


def read_token(own: Signer, token: str) -> Link | None:
    """What the token says; None unless we signed it."""
    text = own.read(token)
    if text is None:
        return None
    kind, row_id, field, variant, mark, expires = json.loads(text)
    return Link(FileRef(FileKind(kind), row_id, field), variant, mark, expires)


def session_mark(own: Signer, session_id: str) -> str:
    """A short keyed hash of the session's id."""
    return own.digest(f"session:{session_id}").hex()[:24]


class SourceKind(StrEnum):
    """Where a photo column says that the photo is."""

    NONE = "none"
    DATA = "data"
    KEY = "key"
    OWN_URL = "own_url"
    FOREIGN = "foreign"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class PhotoSource:
    """A photo column, understood; ``key`` is the object in our bucket, if it is there."""

    kind: SourceKind
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Our bucket and the addresses under which it is written down."""

    name: str
    endpoint: str | None = None

    def key_of(self, url: str) -> str | None:
        """The key that an address of ours names; None for an address of anybody else's."""
        parts = urlsplit(url)
        path = unquote(parts.path).removeprefix("/")
        bucket, _, rest = path.partition("/")
        if self.endpoint and parts[:2] == urlsplit(self.endpoint)[:2]:
            return rest if bucket == self.name and rest else None
        host = (parts.hostname or "").lower()
        if not host.endswith(".amazonaws.com"):
            return None
        if re.fullmatch(rf"{re.escape(self.name)}\.s3([.-][a-z0-9-]+)?\.amazonaws\.com", host):
            return path or None
        if re.fullmatch(r"s3([.-][a-z0-9-]+)?\.amazonaws\.com", host) and bucket == self.name:
            return rest or None
        return None


_DATA_URL = re.compile(r"\s*data:image/(?!svg)[\w.+-]+(;[\w.+-]+=[\w.+-]+)*;base64,", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LONGEST_KEY = 1024


def photo_source(value: str | None, bucket: Bucket | None = None) -> PhotoSource:
    """Understand a photo column: an https address, a storage key or a base64 data URL (DOMAIN §1).

    The first two thousand characters are enough. ``bucket`` is the settings' unless given.
    """
    text = (value or "").strip()
    if not text:
        return PhotoSource(SourceKind.NONE)
    if text[:5].lower() == "data:":
        return PhotoSource(SourceKind.DATA if _DATA_URL.match(text) else SourceKind.UNREADABLE)
    if re.match(r"https?://", text, re.IGNORECASE):
        return _of_url(text, bucket or own_bucket(get_settings()))
    if text.startswith("//"):
        return PhotoSource(SourceKind.FOREIGN)
    usable = _is_key(text) and not _SCHEME.match(text)
    return PhotoSource(SourceKind.KEY, text) if usable else PhotoSource(SourceKind.UNREADABLE)


def _of_url(text: str, bucket: Bucket) -> PhotoSource:
    try:
        key = bucket.key_of(text)
    except ValueError:
        return PhotoSource(SourceKind.UNREADABLE)
    if key is None:
        return PhotoSource(SourceKind.FOREIGN)
    return PhotoSource(SourceKind.OWN_URL, key) if _is_key(key) else PhotoSource(SourceKind.UNREADABLE)


def _is_key(text: str) -> bool:
    if len(text) > _LONGEST_KEY or text.startswith("/") or "\\" in text or not text.isprintable():
        return False
    return ".." not in text.split("/")


@lru_cache(maxsize=4)
def _bucket(name: str, endpoint: str | None) -> Bucket:
    return Bucket(name, endpoint)


def own_bucket(settings: Settings) -> Bucket:
    """The bucket of the settings."""
    return _bucket(settings.s3_bucket, settings.aws_endpoint_url)
