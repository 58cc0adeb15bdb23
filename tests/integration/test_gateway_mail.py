"""Mail, on real SMTP servers: the demo's mailbox, and ones that misbehave."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from dashboard.embedded import mailstore
from dashboard.embedded.home import free_port
from dashboard.embedded.mail import Mailbox
from dashboard.gateways.mail import (
    MailRefused,
    MailUnavailable,
    SmtpMailer,
    make_mailer,
    mask_addresses,
    recipient_address,
    sender_domain,
)
from dashboard.settings import Settings

Serve = Callable[..., SmtpMailer]


def message(to: str = "camille@example.org", message_id: str = "<1@lumira.example>") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Oracle Lumira <oracle@lumira.example>"
    made["To"] = to
    made["Subject"] = "Ta lecture est là, Camille – été"
    made["Message-ID"] = message_id
    made.set_content("Bonjour Camille, œuvre.")
    return made


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts an SMTP server around a handler of the test's own."""
    running: list[Controller] = []

    def start(handler: object, **options: object) -> SmtpMailer:
        port = free_port()
        controller = Controller(handler, "127.0.0.1", port, **options)
        controller.start()
        running.append(controller)
        return SmtpMailer("127.0.0.1", port, "none", timeout=3)

    yield start
    for controller in running:
        controller.stop()


def test_a_mail_arrives_as_it_was_written_and_says_its_id(mailer: SmtpMailer, mailbox: Mailbox) -> None:
    receipt = mailer.send(message())
    (mail,) = mailstore.list_mails(mailbox.folder)
    assert receipt.message_id == mail.message_id == "<1@lumira.example>"
    assert mail.subject == "Ta lecture est là, Camille – été"
    assert (mail.text or "").strip() == "Bonjour Camille, œuvre."


@pytest.mark.parametrize(
    ("to", "reached"),
    [("camille@exämple.org", "camille@xn--exmple-cua.org"), ("élodie@example.org", "élodie@example.org")],
)
def test_addresses_beyond_ascii_are_reached(mailer: SmtpMailer, mailbox: Mailbox, to: str, reached: str) -> None:
    mailer.send(message(to))
    (submission,) = mailstore.list_submissions(mailbox.folder)
    assert submission.recipients == (reached,)


@pytest.mark.parametrize("to", ["", "no address", "a@b.org, c@d.org"])
def test_what_is_not_one_address_is_refused_before_any_server_is_asked(to: str) -> None:
    with pytest.raises(MailRefused):
        SmtpMailer("127.0.0.1", 1).send(message(to))


@pytest.mark.parametrize(
    "address", ["", "camille", "camille@", "@example.org", "a@b.org, c@d.org", "a b@c.org", "a\n@b.org"]
)
def test_an_address_of_our_data_that_is_none_is_a_refusal(address: str) -> None:
    with pytest.raises(MailRefused, match="cannot be read"):
        recipient_address(address)


class Answering:
    """Answers RCPT or DATA with a fixed line."""

    def __init__(self, rcpt: str = "250 OK", data: str = "250 OK") -> None:
        self.rcpt, self.data, self.taken = rcpt, data, 0

    async def handle_RCPT(self, _s: SMTP, _c: Session, envelope: Envelope, address: str, _o: list[str]) -> str:
        envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _s: SMTP, _c: Session, _e: Envelope) -> str:
        self.taken += 1
        return self.data


def test_a_refusal_for_good_says_why_without_the_address(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    mailer = serve(Answering(rcpt="550 5.1.1 <camille@example.org> no such user"))
    with pytest.raises(MailRefused) as refused:
        mailer.send(message())
    assert (refused.value.code, refused.value.text) == (550, "5.1.1 <c…@example.org> no such user")
    assert not [
        record for record in caplog.records if record.name.startswith("dashboard") and "camille" in str(vars(record))
    ]
    with pytest.raises(MailRefused, match="554"):
        serve(Answering(data="554 looks like spam")).send(message())


@pytest.mark.parametrize("answers", [Answering(rcpt="450 greylisted"), Answering(data="451 disk full")])
def test_a_refusal_for_now_is_unavailable_and_certainly_not_sent(serve: Serve, answers: Answering) -> None:
    with pytest.raises(MailUnavailable) as away:
        serve(answers).send(message())
    assert not away.value.may_have_left


def test_no_server_is_unavailable_and_certainly_not_sent() -> None:
    for mailer in (SmtpMailer("127.0.0.1", free_port(), "none"), make_mailer(Settings(smtp_host=""))):
        with pytest.raises(MailUnavailable) as away:
            mailer.send(message())
        assert not away.value.may_have_left


def test_a_connection_that_breaks_after_the_text_leaves_doubt() -> None:
    """The server has the whole message and vanishes before it answers: nobody can know what it did."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        served = threading.Thread(target=_vanish_after_data, args=(listening,))
        served.start()
        with pytest.raises(MailUnavailable) as away:
            SmtpMailer("127.0.0.1", listening.getsockname()[1], "none", timeout=3).send(message())
        served.join()
    assert away.value.may_have_left


def test_a_server_that_leaves_rudely_after_its_250_has_the_message() -> None:
    """QUIT is answered by a closed connection: the message counts as sent, once."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        served = threading.Thread(target=_vanish_after_data, args=(listening, b"250 OK\r\n"))
        served.start()
        receipt = SmtpMailer("127.0.0.1", listening.getsockname()[1], "none", timeout=3).send(message())
        served.join()
    assert receipt.message_id == "<1@lumira.example>"


def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        silent = SmtpMailer("127.0.0.1", listening.getsockname()[1], "none", timeout=0.2)
        with pytest.raises(MailUnavailable, match=r"(?i)time"):
            silent.send(message())


def test_a_wrong_password_is_ours_to_mend_and_no_refusal_of_the_client(serve: Serve) -> None:
    def nobody(*_: object) -> AuthResult:
        return AuthResult(success=False, handled=False)

    open_server = serve(Answering(), authenticator=nobody, auth_require_tls=False)
    with pytest.raises(MailUnavailable, match="535"):
        SmtpMailer(open_server.host, open_server.port, "none", "oracle", "wrong", timeout=3).send(message())


def test_a_server_without_encryption_gets_nothing_when_encryption_is_asked_for(serve: Serve) -> None:
    answering = Answering()
    open_server = serve(answering)
    for tls in ("starttls", "tls"):
        with pytest.raises((MailUnavailable, MailRefused)):
            SmtpMailer(open_server.host, open_server.port, tls, timeout=3).send(message())
    assert answering.taken == 0


def test_masks_leave_no_address_in_a_text() -> None:
    assert mask_addresses("to <a.b+c@x.org>,\r\n d@y.fr") == "to <a…@x.org>, d…@y.fr"


def test_message_ids_live_under_the_senders_domain() -> None:
    assert sender_domain(Settings(mail_from="Oracle <oracle@lumira.example>")) == "lumira.example"
    assert sender_domain(Settings(mail_from="")) == "localhost"


def _vanish_after_data(listening: socket.socket, last_words: bytes = b"") -> None:
    connection, _ = listening.accept()
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"220 hello\r\n")
        for line in lines:
            if line.upper().startswith(b"DATA"):
                break
            connection.sendall(b"250 OK\r\n")
        connection.sendall(b"354 go on\r\n")
        while lines.readline() != b".\r\n":
            pass
        connection.sendall(last_words)
