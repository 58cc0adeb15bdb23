"""Everything about one client as a ZIP, streamed: JSON by table, photos and PDFs, and a summary to read.

Nothing is held but the row at hand; a file of the storage passes through in pieces.
"""

import hashlib
import json
import zipfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from dashboard.documents.person import Summary
from dashboard.files import Bucket, SourceKind, photo_source
from dashboard.gateways.storage import Storage, StorageMissing
from dashboard.web.images import BrokenImage, ImageTooLarge, decode_data_url
from lumira_db.personal import REACHED, Table
from lumira_db.queries.personal import Person, walk_rows

_KEYS = frozenset({"key", "url", "pdf_key", "pdfKey", "pdfUrl", "audioUrl", "facePhotoUrl", "palmPhotoUrl"})
_ENDINGS = {b"\xff\xd8\xff": ".jpg", b"\x89PN": ".png", b"RIF": ".webp", b"%PD": ".pdf"}


@dataclass(slots=True)
class Contents:
    """What was put in: rows per table, files by their key, keys under which nothing was stored."""

    rows: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)


def archive(
    session: Session, person: Person, storage: Storage, bucket: Bucket, *, made_at: datetime, contents: Contents
) -> Generator[bytes, None, None]:
    """The ZIP, piece by piece. ``contents`` is filled on the way. Raises ``StorageUnavailable``."""
    out = _Out()
    keys = set(folder_keys(person, storage))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as whole:
        pictures: dict[str, bytes] = {}
        for table in REACHED:
            rows = _noted(table, walk_rows(session, table, person), keys, pictures, bucket)
            for piece in _table(table, rows, contents):
                yield from _written(out, whole, f"donnees/{table.name}.json", piece)
        for name, data in pictures.items():
            contents.files[name] = f"fichiers/{name}"
            yield from _written(out, whole, f"fichiers/{name}", iter([data]))
        for key in sorted(keys):
            yield from _file(out, whole, key, storage, contents)
        summary = Summary(person.name, made_at, contents.files, lambda table: walk_rows(session, table, person))
        yield from _written(out, whole, "resume.html", (part.encode() for part in summary.pieces()))
        manifest = {"made_at": made_at.isoformat(), "rows": contents.rows, "missing_files": contents.missing}
        manifest |= {"sha256": contents.digests}
        yield from _written(out, whole, "manifest.json", iter([json.dumps(manifest, indent=1).encode()]))
    yield out.take()


def folder_keys(person: Person, storage: Storage) -> Iterator[str]:
    """What is stored in the folders of the person's orders, whether or not a row says so still."""
    for number in person.order_numbers:
        for folder in ("readings", "uploads"):
            yield from (found.key for found in storage.list(f"{folder}/{number}/"))


def person_keys(
    session: Session, person: Person, storage: Storage, bucket: Bucket, *, task: UUID | None = None
) -> set[str]:
    """Every key of the bucket that may hold something of the person. Raises ``StorageUnavailable``."""
    keys = set(folder_keys(person, storage))
    for table in REACHED:
        for row in walk_rows(session, table, person, task=task):
            keys.update(keys_in(row, bucket))
    return keys


def keys_in(value: Any, bucket: Bucket, name: str = "") -> Iterator[str]:
    """Every key of our bucket that a row names, however deep in its JSON, as a key or as an address of ours."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from keys_in(inner, bucket, key)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_in(inner, bucket, name)
    elif isinstance(value, str) and value and (name in _KEYS or value.startswith("http")):
        source = photo_source(value[:2000], bucket)
        if source.key is not None and (source.kind is SourceKind.OWN_URL or name in _KEYS):
            yield source.key


class _Out:
    """Where the ZIP is written to: it keeps what nobody has taken yet."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes, /) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        taken, self._held = bytes(self._held), bytearray()
        return taken


def _noted(
    table: Table, rows: Iterator[dict[str, Any]], keys: set[str], pictures: dict[str, bytes], bucket: Bucket
) -> Iterator[dict[str, Any]]:
    for row in rows:
        keys.update(keys_in(row, bucket))
        if table.name == "public.UserProfile":
            for column in ("facePhotoUrl", "palmPhotoUrl"):
                picture = _in_column(row[column])
                if picture is not None:
                    pictures[f"profil-{column.removesuffix('PhotoUrl')}{_ending(picture)}"] = picture
        yield row


def _in_column(value: str | None) -> bytes | None:
    if value is None or photo_source(value[:2000]).kind is not SourceKind.DATA:
        return None
    try:
        return decode_data_url(value)
    except (BrokenImage, ImageTooLarge):
        # It is in the JSON all the same, to the letter.
        return None


def _ending(data: bytes) -> str:
    return _ENDINGS.get(data[:3], ".bin")


def _table(table: Table, rows: Iterator[dict[str, Any]], contents: Contents) -> Iterator[Iterator[bytes]]:
    """The table's file, if it has any row at all."""
    first = next(rows, None)
    if first is None:
        return

    def lines() -> Iterator[bytes]:
        yield b"[\n" + _json(first)
        contents.rows[table.name] = 1
        for row in rows:
            contents.rows[table.name] += 1
            yield b",\n" + _json(row)
        yield b"\n]\n"

    yield lines()


def _json(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")


def _file(
    out: _Out, whole: zipfile.ZipFile, key: str, storage: Storage, contents: Contents
) -> Generator[bytes, None, None]:
    try:
        found = storage.get(key)
    except StorageMissing:
        contents.missing.append(key)
        return
    contents.files[key] = f"fichiers/{key}"
    with closing(found):
        yield from _written(out, whole, contents.files[key], found.chunks(), contents.digests)


def _written(
    out: _Out, whole: zipfile.ZipFile, name: str, pieces: Iterator[bytes], digests: dict[str, str] | None = None
) -> Generator[bytes, None, None]:
    digest = hashlib.sha256()
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    with whole.open(info, "w", force_zip64=True) as entry:
        for piece in pieces:
            digest.update(piece)
            entry.write(piece)
            yield out.take()
    if digests is not None:
        digests[name] = digest.hexdigest()
    yield out.take()
