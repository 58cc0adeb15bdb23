"""The mail that carries a reading: whole in HTML and in text, safe whatever the client is called."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.documents.document import DeliveryInfo
from dashboard.documents.mail import delivery_mail, plain_name, whatsapp_text

PDF = b"%PDF-1.7 \x00\xff lecture"
LINK = "https://files.example/lecture.pdf?sig=a&exp=2"


def info(**changed: Any) -> DeliveryInfo:
    usual: dict[str, Any] = {
        "order_number": "LU260130-001",
        "level": 2,
        "level_name": "Mystique",
        "client_name": "Camille Lefèvre",
        "first_name": "Camille",
        "date": date(2026, 3, 1),
    }
    return DeliveryInfo(**(usual | changed))


def mail(about: DeliveryInfo | None = None, **changed: Any) -> EmailMessage:
    usual: dict[str, Any] = {
        "attach": PDF,
        "link": None,
        "message_id": "<d1@lumira.example>",
        "sender": "Oracle Lumira <oracle@lumira.example>",
        "reply_to": "bonjour@lumira.example",
        "recipient": "camille@example.org",
        "sent_at": datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    }
    message = delivery_mail(about or info(), **(usual | changed))
    received = message_from_bytes(bytes(message), policy=SMTP)
    assert isinstance(received, EmailMessage)
    return received


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


class Tags(HTMLParser):
    """What an HTML text holds, and whether every tag is closed in turn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_envelope_is_complete() -> None:
    message = mail()
    assert message["Subject"] == "Ta lecture est prête, Camille"
    assert message["From"] == "Oracle Lumira <oracle@lumira.example>"
    assert message["To"] == "Camille Lefèvre <camille@example.org>"
    assert message["Reply-To"] == "bonjour@lumira.example"
    assert message["Message-ID"] == "<d1@lumira.example>"
    assert message["Date"].datetime == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Content-Language"] == "fr"
    assert not message.defects


def test_the_pdf_travels_byte_for_byte_under_the_name_of_the_order() -> None:
    (attachment,) = mail().iter_attachments()
    assert attachment.get_content_type() == "application/pdf"
    assert attachment.get_filename() == "lecture-LU260130-001.pdf"
    assert attachment.get_content() == PDF


def test_text_and_html_are_alternatives_beside_the_attachment() -> None:
    kinds = [part.get_content_type() for part in mail().walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf"]
    linked = [part.get_content_type() for part in mail(attach=None, link=LINK).walk()]
    assert linked == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_both_alternatives_say_the_same(kind: str) -> None:
    attached = text_of(mail(), kind)
    for said in ("Camille", "Mystique", "pièce jointe", "Commande LU260130-001", "L’équipe d’Oracle Lumira"):
        assert said in attached
    assert "http" not in attached.replace("http://www.w3.org/1999/xhtml", "")
    linked = text_of(mail(attach=None, link=LINK), kind).replace("&amp;", "&")
    assert LINK in linked
    assert "pièce jointe" not in linked


def test_the_html_is_well_formed_and_fetches_nothing() -> None:
    for html in (text_of(mail(), "html"), text_of(mail(attach=None, link=LINK), "html")):
        read = Tags(html)
        assert read.open == []
        assert not {tag for tag, _ in read.tags} & {"img", "link", "script", "iframe", "object", "video", "form"}
        assert "url(" not in html
        assert "@import" not in html
        assert [attrs["href"] for tag, attrs in read.tags if tag == "a"] in ([], [LINK])
        assert all(attrs.get("role") == "presentation" for tag, attrs in read.tags if tag == "table")


def test_the_first_words_are_those_of_the_preview() -> None:
    seen = " ".join("".join(Tags(text_of(mail(), "html")).words).rpartition("}\n}\n")[2].split())
    assert seen.startswith("Elle t’attend en pièce jointe.")


def test_lines_stay_within_what_mail_servers_take() -> None:
    assert max(len(line) for line in bytes(delivery_mail_of_long_names()).split(b"\r\n")) <= 998


def delivery_mail_of_long_names() -> EmailMessage:
    return mail(info(client_name="É" * 3000, first_name="É" * 3000, order_number="LU" * 400))


def test_the_same_sending_gives_the_same_bytes() -> None:
    assert bytes(mail()) == bytes(mail())
    assert bytes(mail()) != bytes(mail(message_id="<d2@lumira.example>"))


@pytest.mark.parametrize(
    "name",
    [
        "Camille\r\nBcc: eve@example.org",
        "Camille\nSubject: x",
        "Camille\x00\x0b\x85\u2028Bcc: eve@example.org",
        '"Camille" <eve@example.org>, x',
        "נועה לוי",
        "محمد العربي",
        "Zoé 🌙👩‍👩‍👧",
        "\u202eeve\u202c",
        "=?utf-8?q?Bcc=3A?=",
        "\ud800",
        "",
    ],
)
def test_no_name_gets_into_another_header(name: str) -> None:
    message = mail(info(client_name=name, first_name=name))
    assert sorted(message.keys()) == sorted(mail().keys())
    assert [address.addr_spec for address in message["To"].addresses] == ["camille@example.org"]
    assert message["Subject"].startswith("Ta lecture est prête")
    assert "\n" not in message["Subject"]


def test_a_name_is_text_in_the_html_never_markup() -> None:
    html = text_of(mail(info(first_name="<img src=x onerror=a()>&")), "html")
    assert "<bdi>&lt;img src=x onerror=a()&gt;&amp;</bdi>" in html


def test_a_right_to_left_name_does_not_turn_its_sentence() -> None:
    message = mail(info(first_name="נועה"))
    assert "Bonjour \u2068נועה\u2069," in text_of(message, "plain")
    assert "<bdi>נועה</bdi>" in text_of(message, "html")
    assert message["Subject"] == "Ta lecture est prête, נועה"


def test_a_client_without_a_name_is_greeted_all_the_same() -> None:
    message = mail(info(first_name=" \n", client_name=""))
    assert message["Subject"] == "Ta lecture est prête"
    assert message["To"] == "camille@example.org"
    assert text_of(message, "plain").startswith("Bonjour,\n")


def test_without_a_reply_address_answers_go_to_the_sender() -> None:
    assert "Reply-To" not in mail(reply_to="")


def test_the_recipient_may_be_an_address_that_was_read_before() -> None:
    message = mail(recipient=Address(addr_spec="camille@example.org"))
    assert message["To"] == "Camille Lefèvre <camille@example.org>"


@pytest.mark.parametrize("recipient", ["", "camille", "camille@", "@example.org", "a@b.c\r\nBcc: d@e.f", "a b@c d"])
def test_an_unreadable_address_is_refused(recipient: str) -> None:
    with pytest.raises(ValueError, match="address"):
        mail(recipient=recipient)


def test_a_message_id_cannot_bring_a_header() -> None:
    with pytest.raises(ValueError):
        mail(message_id="<a@b>\r\nBcc: d@e.f")


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://x", "//x"])
def test_a_link_must_be_a_web_address(link: str) -> None:
    with pytest.raises(ValueError):
        mail(attach=None, link=link)


def test_a_delivery_brings_the_reading_or_the_way_to_it() -> None:
    with pytest.raises(ValueError):
        mail(attach=None, link=None)


@given(st.text(), st.text(), st.text())
def test_any_names_make_a_mail_that_can_be_read_back(client: str, first: str, order: str) -> None:
    message = mail(info(client_name=client, first_name=first, order_number=order))
    assert message["To"].addresses[0].addr_spec == "camille@example.org"
    assert sorted(message.keys()) == sorted(mail().keys())
    assert Tags(text_of(message, "html")).open == []


@given(st.text())
def test_a_plain_name_is_one_printable_line(name: str) -> None:
    plain = plain_name(name)
    assert len(plain.splitlines()) <= 1
    assert plain_name(plain) == plain


def test_whatsapp_words_greet_and_bring_the_link() -> None:
    text = whatsapp_text(info(), link=LINK)
    assert text.startswith("Bonjour Camille ✨\n")
    assert LINK in text.split()
    assert "Ta lecture Mystique est prête." in text
    assert "{" not in text
