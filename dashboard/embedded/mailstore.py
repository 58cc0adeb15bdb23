"""The demo's mails as files: written whole before they are acknowledged, one per Message-ID, read back for people.

Stores that real people use fold a mail that arrives twice under the same Message-ID into one; so does this one, and
it notes every submission in ``submissions.log``, so that a test can tell one sending from two.
"""

import hashlib
import json
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path

_LOG = "submissions.log"
_ID = re.compile(r"[0-9a-f]{32}")


class NoSuchMail(LookupError):
    """There is no mail, or no attachment, of that name."""


@dataclass(frozen=True)
class Submission:
    """One time that a mail was handed to the server."""

    at: datetime
    mail_id: str
    message_id: str
    sender: str
    recipients: tuple[str, ...]
    repeated: bool


@dataclass(frozen=True)
class Attachment:
    """A file in a mail. ``type`` is a MIME type as the sender wrote it, ``size`` is in bytes."""

    name: str
    type: str
    size: int
    content_id: str = ""


@dataclass(frozen=True)
class Mail:
    """A kept mail. Addresses as their headers spell them; ``date`` is the sender's, ``received`` the server's."""

    id: str
    message_id: str
    sender: str
    recipients: str
    subject: str
    date: datetime | None
    received: datetime
    headers: tuple[tuple[str, str], ...]
    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]


def keep(folder: Path, content: bytes, sender: str, recipients: Sequence[str]) -> Submission:
    """Write a submitted mail to disk; a Message-ID that is already there is only noted."""
    message_id = _header(_parse(content), "Message-ID")
    mail_id = hashlib.sha256(message_id.encode() or content).hexdigest()[:32]
    envelope = f"Return-Path: <{sender}>\r\nDelivered-To: {', '.join(recipients)}\r\n"
    repeated = not _write_once(folder / f"{mail_id}.eml", envelope.encode() + content)
    submission = Submission(datetime.now(UTC), mail_id, message_id, sender, tuple(recipients), repeated)
    _note(folder, submission)
    return submission


def list_mails(folder: Path, limit: int | None = None) -> list[Mail]:
    """The kept mails, the newest first."""
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [_read(path) for path in paths[:limit]]


def count_mails(folder: Path) -> int:
    """How many mails are kept."""
    return sum(1 for _ in folder.glob("*.eml"))


def get_mail(folder: Path, mail_id: str) -> Mail:
    """One mail. Raises NoSuchMail."""
    return _read(_path(folder, mail_id))


def get_attachment(folder: Path, mail_id: str, number: int) -> tuple[Attachment, bytes]:
    """The attachment at ``number`` (from 0) of a mail, and its content. Raises NoSuchMail."""
    *_, parts = _parts(_parse(_path(folder, mail_id).read_bytes()))
    if not 0 <= number < len(parts):
        raise NoSuchMail(f"{mail_id}/{number}")
    return _attachment(parts[number]), _payload(parts[number])


def list_submissions(folder: Path) -> list[Submission]:
    """Every submission since the start, the oldest first."""
    log = folder / _LOG
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    found = []
    for line in lines:
        with suppress(ValueError):  # the last line may be cut short by a kill
            fields = json.loads(line)
            fields |= {"at": datetime.fromisoformat(fields["at"]), "recipients": tuple(fields["recipients"])}
            found.append(Submission(**fields))
    return found


def _write_once(path: Path, content: bytes) -> bool:
    """Whether ``content`` is now in ``path``, safe on disk; False when something already was."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def _note(folder: Path, submission: Submission) -> None:
    line = json.dumps(asdict(submission) | {"at": submission.at.isoformat()}, ensure_ascii=False)
    with (folder / _LOG).open("ab") as file:
        file.write(f"{line}\n".encode(errors="replace"))


def _path(folder: Path, mail_id: str) -> Path:
    path = folder / f"{mail_id}.eml"
    if not _ID.fullmatch(mail_id) or not path.is_file():
        raise NoSuchMail(mail_id)
    return path


def _parse(content: bytes) -> Message:
    # The older of the two policies of the library: the newer one raises all kinds of errors on hostile mails.
    return message_from_bytes(content, policy=policy.compat32)


def _read(path: Path) -> Mail:
    message = _parse(path.read_bytes())
    plain, html, attached = _parts(message)
    return Mail(
        id=path.stem,
        message_id=_header(message, "Message-ID"),
        sender=_header(message, "From"),
        recipients=_header(message, "To"),
        subject=_header(message, "Subject"),
        date=_date(_header(message, "Date")),
        received=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        headers=tuple((name, _decoded(raw)) for name, raw in message.raw_items()),
        text=None if plain is None else _text(plain),
        html=None if html is None else _text(html),
        attachments=tuple(_attachment(part) for part in attached),
    )


def _header(message: Message, name: str) -> str:
    """The first header of that name as text; empty where there is none."""
    return next((_decoded(raw) for key, raw in message.raw_items() if key.lower() == name.lower()), "")


def _decoded(raw: object) -> str:
    """A header's value as text, on one line; what cannot be decoded is shown as it came."""
    written = str(raw).encode("utf-8", errors="surrogateescape").decode("utf-8", errors="replace")
    written = " ".join(written.split())
    try:
        return _clean(str(make_header(decode_header(written)))) if "=?" in written else written
    except (LookupError, ValueError, HeaderParseError):
        return written


def _date(written: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(written)
    except (ValueError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _parts(message: Message) -> tuple[Message | None, Message | None, list[Message]]:
    """The plain and the HTML text, and every part that is a file: attachments, and pictures that the HTML shows."""
    leaves = [part for part in message.walk() if not part.is_multipart()]
    texts = [part for part in leaves if not part.get_filename() and part.get_content_disposition() != "attachment"]
    plain = next((part for part in texts if part.get_content_type() == "text/plain"), None)
    html = next((part for part in texts if part.get_content_type() == "text/html"), None)
    return plain, html, [part for part in leaves if part is not plain and part is not html]


def _text(part: Message) -> str:
    charset = part.get_content_charset() or "utf-8"
    try:
        return _payload(part).decode(charset, errors="replace")
    except (LookupError, ValueError):  # a charset that does not exist
        return _payload(part).decode("utf-8", errors="replace")


def _clean(text: str) -> str:
    """Without the halves of characters that a wrong charset leaves, which no page could carry."""
    return text.encode("utf-8", errors="replace").decode()


def _attachment(part: Message) -> Attachment:
    name = _decoded(part.get_filename() or "")
    return Attachment(name, part.get_content_type(), len(_payload(part)), _header(part, "Content-ID").strip("<> "))


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
