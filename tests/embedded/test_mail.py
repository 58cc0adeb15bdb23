"""The demo's mailbox: kept whole before it is acknowledged, once per Message-ID, shown with care."""

import re
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from dashboard.embedded import mailstore
from dashboard.embedded.home import free_port
from dashboard.embedded.mail import Mailbox, temporary_mailbox
from dashboard.embedded.mailbox_pages import mailbox_routes
from dashboard.embedded.supervisor import Supervisor
from tests.embedded.serving import serving

HOSTILE_HTML = "<h1>Bonjour</h1><script>alert(1)</script><img src='cid:logo'>\"></iframe><script>alert(2)</script>"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with temporary_mailbox() as made:
        yield made


def a_mail(message_id: str = "<1@lumira.example>", subject: str = "Ta lecture, Élise") -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Oracle Lumira <oracle@lumira.example>"
    mail["To"] = "Élise Œuvrard <elise@example.org>"
    mail["Subject"] = subject
    mail["Message-ID"] = message_id
    mail["Date"] = "Mon, 02 Feb 2026 10:00:00 +0100"
    mail.set_content("Bonjour Élise,\n<b>ta lecture</b> est là.")
    mail.add_alternative(HOSTILE_HTML, subtype="html")
    html = mail.get_payload()[1]
    assert isinstance(html, EmailMessage)
    html.add_related(b"\x89PNG", "image", "png", cid="<logo>")
    mail.add_attachment(b"%PDF-1.7 content", maintype="application", subtype="pdf", filename="lecture d'été.pdf")
    return mail


def send(mailbox: Mailbox, mail: EmailMessage) -> None:
    with smtplib.SMTP(mailbox.host, mailbox.port, timeout=10) as client:
        client.send_message(mail)


def test_a_mail_is_read_back_as_it_was_sent(mailbox: Mailbox) -> None:
    send(mailbox, a_mail())
    (mail,) = mailstore.list_mails(mailbox.folder)
    assert mail.subject == "Ta lecture, Élise"
    assert mail.sender == "Oracle Lumira <oracle@lumira.example>"
    assert mail.recipients == "Élise Œuvrard <elise@example.org>"
    assert mail.date is not None
    assert mail.date.isoformat() == "2026-02-02T10:00:00+01:00"
    assert mail.text is not None
    assert mail.text.replace("\r\n", "\n") == "Bonjour Élise,\n<b>ta lecture</b> est là.\n"
    assert mail.html is not None
    assert mail.html.strip() == HOSTILE_HTML
    assert [(file.name, file.type, file.size) for file in mail.attachments] == [
        ("", "image/png", 4),
        ("lecture d'été.pdf", "application/pdf", 16),
    ]
    assert mailstore.get_attachment(mailbox.folder, mail.id, 1)[1] == b"%PDF-1.7 content"


def test_the_same_message_id_is_kept_once_and_every_submission_is_noted(mailbox: Mailbox) -> None:
    for subject in ("first", "second"):
        send(mailbox, a_mail("<same@x>", subject))
    send(mailbox, a_mail("<other@x>"))
    assert sorted(mail.subject for mail in mailstore.list_mails(mailbox.folder)) == ["Ta lecture, Élise", "first"]
    noted = mailstore.list_submissions(mailbox.folder)
    assert [(line.message_id, line.repeated) for line in noted] == [
        ("<same@x>", False),
        ("<same@x>", True),
        ("<other@x>", False),
    ]
    assert noted[0].recipients == ("elise@example.org",)


def test_an_acknowledged_mail_survives_a_killed_server(tmp_path: Path) -> None:
    mailbox = Mailbox(free_port(), tmp_path / "mail")
    with Supervisor(tmp_path / "run", tmp_path / "log") as supervisor:
        supervisor.start(mailbox.part())
        send(mailbox, a_mail())
        pid = supervisor.pid("mail")
        assert pid is not None
        supervisor.stop(within=0)
    assert [mail.subject for mail in mailstore.list_mails(mailbox.folder)] == ["Ta lecture, Élise"]


def test_a_mail_that_cannot_be_written_is_not_acknowledged(mailbox: Mailbox) -> None:
    mailbox.folder.rmdir()
    with pytest.raises(smtplib.SMTPDataError, match="451"):
        send(mailbox, a_mail())
    mailbox.folder.mkdir()
    send(mailbox, a_mail())
    assert mailstore.count_mails(mailbox.folder) == 1


def test_a_line_cut_short_by_a_kill_hides_no_other_submission(mailbox: Mailbox) -> None:
    send(mailbox, a_mail())
    with (mailbox.folder / "submissions.log").open("a") as log:
        log.write('{"at": "2026-')
    assert len(mailstore.list_submissions(mailbox.folder)) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no header at all",
        b"Subject: =?utf-8?b?w4lsaXNl?= =?nonsense?x?y?=\r\nDate: yesterday\r\n\r\n\xff\xfe",
        b"Content-Type: text/html; charset=nothing\r\n\r\n\xe9",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--y\r\n",
        b'Content-Type: multipart/alternative; boundary="x"\r\n\r\n--x\r\nContent-Type: \r\n\r\nx\r\n--x--',
        b"From: <<>>@@;,\r\nTo: \x00\r\nMessage-ID:\r\n <folded@x>\r\n\r\n",
        b'Content-Disposition: attachment; filename="../../etc/passwd\r\n"\r\n\r\nx',
        b"Content-Type: message/rfc822\r\n\r\nContent-Transfer-Encoding: base64\r\n\r\n!!",
    ],
)
def test_a_mail_of_whatever_shape_is_kept_and_shown(tmp_path: Path, content: bytes) -> None:
    kept = mailstore.keep(tmp_path, content, "a@example.org", ["b@example.org"])
    with serving(Starlette(routes=mailbox_routes(tmp_path))) as browser:
        assert browser.get("/mailbox").status_code == 200
        assert browser.get(f"/mailbox/{kept.mail_id}").status_code == 200
        for number in range(len(mailstore.get_mail(tmp_path, kept.mail_id).attachments)):
            assert browser.get(f"/mailbox/{kept.mail_id}/{number}").status_code == 200


@pytest.fixture
def shown(mailbox: Mailbox) -> Iterator[tuple[httpx.Client, str]]:
    """A browser, and the address of a hostile mail in it."""
    send(mailbox, a_mail(subject="<script>alert(0)</script>"))
    (mail,) = mailstore.list_mails(mailbox.folder)
    with serving(Starlette(routes=mailbox_routes(mailbox.folder))) as browser:
        yield browser, f"/mailbox/{mail.id}"


def test_nothing_of_a_hostile_mail_reaches_the_page_as_markup(shown: tuple[httpx.Client, str]) -> None:
    browser, address = shown
    for page in (browser.get("/mailbox"), browser.get(address)):
        assert "<script" not in page.text
        assert "&lt;script&gt;alert(0)" in page.text
        assert "script-src" not in page.headers["content-security-policy"]
        assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_html_of_a_mail_is_shown_in_a_frame_that_may_do_nothing(shown: tuple[httpx.Client, str]) -> None:
    browser, address = shown
    (frame,) = re.findall(r"<iframe[^>]*>", browser.get(address).text)
    sandbox = re.search(r'sandbox="([^"]*)"', frame)
    assert sandbox is not None
    assert sandbox[1] == "allow-popups allow-popups-to-escape-sandbox"
    assert "default-src &#39;none&#39;" in frame
    assert "cid:logo" not in frame
    assert "data:image/png;base64,iVBORw==" in frame


def test_a_file_is_only_ever_downloaded(shown: tuple[httpx.Client, str]) -> None:
    browser, address = shown
    file = browser.get(f"{address}/1")
    assert file.content == b"%PDF-1.7 content"
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''lecture%20d%27%C3%A9t%C3%A9.pdf"
    assert file.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("address", ["nothing", "..%2f..%2fetc", f"{'0' * 32}", f"{'0' * 32}/0"])
def test_what_is_not_there_is_not_found(mailbox: Mailbox, address: str) -> None:
    with serving(Starlette(routes=mailbox_routes(mailbox.folder))) as browser:
        assert browser.get(f"/mailbox/{address}").status_code == 404


def test_a_file_that_a_mail_does_not_have_is_not_found(shown: tuple[httpx.Client, str]) -> None:
    browser, address = shown
    assert browser.get(f"{address}/9").status_code == 404


def test_the_page_speaks_the_language_of_the_browser(mailbox: Mailbox) -> None:
    with serving(Starlette(routes=mailbox_routes(mailbox.folder))) as browser:
        english = browser.get("/mailbox", headers={"accept-language": "en-GB"})
        french = browser.get("/mailbox", headers={"accept-language": "fr-FR"})
    assert '<html lang="en">' in english.text
    assert "No mail yet" in english.text
    assert '<html lang="fr">' in french.text
