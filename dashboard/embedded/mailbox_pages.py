"""``/mailbox``: the demo's mails in the browser. Mounted in demo mode only.

A mail may come from anybody, so nothing of it is trusted: its HTML is shown in a frame without scripts, forms,
origin or network, its text is escaped, and its files are only ever downloaded.
"""

import base64
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.auth.requests import person_of
from dashboard.context import zone
from dashboard.embedded import mailstore
from dashboard.locale import _, choose_language, get_language, number, set_language, short_moment

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_FRAME_HEAD = (
    f'<!doctype html><meta http-equiv="Content-Security-Policy" content="{_FRAME_POLICY}">'
    '<meta name="referrer" content="no-referrer"><base target="_blank">'
)
_FILE_POLICY = "default-src 'none'; sandbox"
_SHOWN = 200
_SAFE_TYPES = ("application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp")

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)


def mailbox_routes(folder: Path) -> list[BaseRoute]:
    """The routes of a mailbox that keeps its mails in ``folder`` (``mailstore``)."""

    def show_list(request: Request) -> Response:
        _speak(request)
        mails = mailstore.list_mails(folder, limit=_SHOWN)
        hidden = mailstore.count_mails(folder) - len(mails)
        more = _("{count} older mails are not shown.").format(count=number(hidden)) if hidden > 0 else ""
        return _page("mailbox.html", _("Mails the demo has sent"), mails=mails, more=more)

    def show_mail(request: Request) -> Response:
        _speak(request)
        try:
            mail = mailstore.get_mail(folder, request.path_params["mail_id"])
        except mailstore.NoSuchMail:
            return _missing()
        return _page("mail.html", mail.subject or _("No subject"), mail=mail, document=_document(folder, mail))

    def download(request: Request) -> Response:
        _speak(request)
        try:
            found, content = mailstore.get_attachment(folder, request.path_params["mail_id"], request.path_params["n"])
        except mailstore.NoSuchMail:
            return _missing()
        return _file(found, content)

    return [
        Route("/mailbox", show_list),
        Route("/mailbox/{mail_id:str}", show_mail),
        Route("/mailbox/{mail_id:str}/{n:int}", download),
    ]


def _speak(request: Request) -> None:
    person = person_of(request.scope)
    set_language(choose_language(person.language if person else None, request.headers.get("accept-language")))


def _page(template: str, title: str, **facts: Any) -> Response:
    common = {"language": get_language(), "labels": _labels(), "moment": _moment, "size": _size}
    html = _templates.get_template(template).render(title=title, **common, **facts)
    return HTMLResponse(html, headers={"content-security-policy": POLICY})


def _labels() -> dict[str, str]:
    return {
        "mailbox": _("Mailbox"),
        "demo_only": _("Only in the demo: no mail leaves this machine."),
        "received": _("Received"),
        "from": _("From"),
        "to": _("To"),
        "subject": _("Subject"),
        "no_subject": _("No subject"),
        "files": _("Files"),
        "attachments": _("Attachments"),
        "unnamed": _("Unnamed file"),
        "empty": _("No mail yet. Approve a reading and it arrives here."),
        "back": _("Back to all mails"),
        "html": _("The mail as its reader sees it"),
        "text": _("The mail without formatting"),
        "headers": _("Technical details"),
        "show_headers": _("Show every header"),
    }


def _moment(moment: datetime) -> str:
    return short_moment(moment, zone())


def _size(size: int) -> str:
    return _("{count} kB").format(count=number(max(1, round(size / 1000))))


def _document(folder: Path, mail: mailstore.Mail) -> str | None:
    """The HTML part as a document of its own, with the pictures that the mail carries in place of their names."""
    if mail.html is None:
        return None
    html = mail.html
    for index, file in enumerate(mail.attachments):
        if file.content_id and file.type in _SAFE_TYPES:
            content = mailstore.get_attachment(folder, mail.id, index)[1]
            data = base64.b64encode(content).decode("ascii")
            html = html.replace(f"cid:{file.content_id}", f"data:{file.type};base64,{data}")
    return _FRAME_HEAD + html


def _file(found: mailstore.Attachment, content: bytes) -> Response:
    name = found.name.replace("/", "_").replace("\\", "_") or "file"
    return Response(
        content,
        media_type=found.type if found.type in _SAFE_TYPES else "application/octet-stream",
        headers={
            "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
            "content-security-policy": _FILE_POLICY,
            "x-content-type-options": "nosniff",
        },
    )


def _missing() -> Response:
    return PlainTextResponse(_("There is no such mail.") + "\n", 404)
