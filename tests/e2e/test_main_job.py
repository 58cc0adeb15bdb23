"""The main job, as an expert does it: take the oldest, look, edit, approve; the client receives exactly that."""

import io
import re
import unicodedata

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from dashboard.embedded.mailstore import get_attachment, list_mails
from tests.e2e.conftest import Desk, sign_in, until

pytestmark = pytest.mark.e2e

SENTENCE = "Ce soir, écris trois lignes à ton père : il t’attend « sans un mot »."


def as_read(text: str) -> str:
    """What a reader sees of an extracted PDF: line breaks and kinds of spaces aside."""
    joined = unicodedata.normalize("NFC", text).replace("\u00ad\n", "").replace("\u00ad", "")
    return re.sub(r"(?<=[-–—/]) ", "", " ".join(joined.split()))


def oldest_with_photos(desk: Desk) -> str:
    """Make one order with photos, and a client who may be written to, the one that has waited longest."""
    [(order_id,)] = desk.query(
        """
        UPDATE "Order" SET "paidAt" = TIMESTAMP '2020-01-01', "deliveryMethod" = NULL WHERE id = (
            SELECT o.id FROM "Order" o JOIN "User" u ON u.id = o."userId"
            WHERE o.status = 'AWAITING_VALIDATION' AND u.status = 'ACTIVE' AND o.level BETWEEN 1 AND 4
              AND o."generatedContent" -> 'pdf_content' -> 'sections' -> 7 ->> 'content' IS NOT NULL
              AND EXISTS (SELECT 1 FROM "OrderFile" f WHERE f."orderId" = o.id)
            ORDER BY o.id LIMIT 1
        ) RETURNING id
        """
    )
    return str(order_id)


def test_what_an_expert_edits_and_approves_is_what_the_client_receives(desk: Desk, page: Page) -> None:
    order_id = oldest_with_photos(desk)
    sign_in(page, desk, "EXPERT")
    page.goto(f"{desk.url}/queue")
    page.locator(".st-key-queue-take_next button").click()

    approve = page.locator(".st-key-order-approve button")
    expect(approve).to_be_enabled()
    assert page.url == f"{desk.url}/order?id={order_id}"
    [(holder,)] = desk.query("SELECT count(*) FROM desk.claim WHERE order_id = %s AND expires_at > now()", order_id)
    assert holder == 1

    photo = page.locator(".st-key-order-photos img").first
    expect(photo).to_be_visible()
    assert until(lambda: photo.evaluate("image => image.complete && image.naturalWidth > 0"))

    text = page.locator("[class*=st-key-order-reading] textarea").first
    text.click()
    text.press("Control+End")
    text.press_sequentially(" " + SENTENCE)
    approve.click()  # straight away: the last keystroke counts
    expect(page.locator(".st-key-order-undo button")).to_be_visible()

    [(status, content)] = desk.query('SELECT status::text, "generatedContent" FROM "Order" WHERE id = %s', order_id)
    assert status == "COMPLETED"
    assert SENTENCE in str(content)

    sent = 'SELECT d.state, o."orderNumber", u.email FROM desk.delivery d JOIN "Order" o ON o.id = d.order_id'
    sent += ' JOIN "User" u ON u.id = o."userId" WHERE o.id = %s'
    until(lambda: desk.query(sent, order_id)[0][0] == "SENT", 60)
    [(_state, number, email)] = desk.query(sent, order_id)
    mails = [mail for mail in list_mails(desk.home / "mail") if str(email) in mail.recipients]
    assert len(mails) == 1
    attachment, pdf = get_attachment(desk.home / "mail", mails[0].id, 0)
    assert attachment.name == f"lecture-{number}.pdf"
    printed = as_read("\n".join(part.extract_text() for part in PdfReader(io.BytesIO(pdf)).pages))
    assert as_read(SENTENCE) in printed

    [(key, delivered)] = desk.query(
        'SELECT "generatedContent" ->> \'pdfKey\', "deliveredAt" FROM "Order" WHERE id = %s', order_id
    )
    assert re.fullmatch(rf"readings/{number}/\d{{13}}-lecture\.pdf", str(key))
    assert delivered is not None
    page.locator(".st-key-queue-take_next button").click()
    page.wait_for_url(lambda url: "/order?id=" in url and order_id not in url)
