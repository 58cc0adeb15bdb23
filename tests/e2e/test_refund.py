"""A refund from the order's page, whose webhook is faster than Stripe's answer; and nothing secret is left anywhere."""

import io
import json
import zipfile

import httpx
import pytest
from playwright.sync_api import Page, expect

from dashboard.embedded.mailstore import list_mails
from dashboard.embedded.stripe_server.ledger import HOLDER
from tests.e2e.conftest import Desk, sign_in, until

pytestmark = pytest.mark.e2e

SLOW_SECONDS = 6


def paid_order(desk: Desk) -> tuple[str, str, str]:
    """A completed order of 59 € with one payment that nothing has happened to; its id, payment and client's address."""
    [(order_id, intent, email)] = desk.query(
        """
        SELECT o.id, p.intent_id, u.email FROM desk.payment p JOIN "Order" o ON o.id = p.order_id
        JOIN "User" u ON u.id = o."userId"
        WHERE o.status = 'COMPLETED' AND p.amount = 5900 AND o.amount = 5900 AND p.succeeded_at IS NOT NULL
          AND p.currency = 'eur' AND u.email ~ '^[a-z0-9.]+@[a-z.]+$'
          AND NOT EXISTS (SELECT FROM desk.refund r WHERE r.order_id = o.id)
          AND NOT EXISTS (SELECT FROM desk.dispute d WHERE d.order_id = o.id)
          AND (SELECT count(*) FROM desk.payment other WHERE other.order_id = o.id) = 1
        ORDER BY o.id LIMIT 1
        """
    )
    return str(order_id), str(intent), str(email)


def test_a_refund_whose_webhook_arrives_first_is_one_refund(desk: Desk, page: Page) -> None:
    order_id, intent, email = paid_order(desk)
    port = json.loads((desk.home / "ports.json").read_text())["stripe"]
    fault = {"kind": "hang", "path": "/v1/refunds", "method": "POST", "seconds": SLOW_SECONDS}
    httpx.post(f"http://127.0.0.1:{port}/_stand_in/fault", json=fault, trust_env=False).raise_for_status()

    received: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(_bytes(data))))
    sign_in(page, desk, "ADMIN")
    page.goto(f"{desk.url}/order?id={order_id}&part=payment")
    panel = page.locator(f".st-key-payment-{intent}").first
    expect(panel.get_by_text("Dernière parole de Stripe")).to_be_visible()
    panel.locator("[class*=st-key-payment-refund] button").click()
    page.locator(".st-key-refund-note textarea").fill("Elle a changé d’avis.")
    page.locator(".st-key-refund-again input").fill("59,00")
    page.locator(".st-key-refund-again input").press("Tab")
    page.locator(".st-key-refund-confirm button").click()

    # The webhook's word: Stripe's answer is still on its way.
    expect(panel).to_contain_text("59,00\xa0€ · Rendu")
    asked = "SELECT state, attempts, refund_id FROM desk.refund_request WHERE order_id = %s"
    [(state, attempts, refund_id)] = desk.query(asked, order_id)
    assert (state, attempts) == ("SUCCEEDED", 1)
    assert desk.query('SELECT status::text FROM "Order" WHERE id = %s', order_id) == [("REFUNDED",)]
    expect(panel).to_contain_text("Client prévenu par mail")

    until(lambda: '"outcome": "taken"' in (desk.home / "log" / "worker.log").read_text())
    assert desk.query(asked, order_id) == [(state, attempts, refund_id)]
    assert desk.query("SELECT amount FROM desk.refund WHERE order_id = %s", order_id) == [(5900,)]
    told = [mail for mail in list_mails(desk.home / "mail") if email in mail.recipients]
    assert [mail.subject.partition(",")[0] for mail in told] == ["Ta commande est remboursée"]
    look_at_all_money(desk, page, order_id)
    nothing_secret_is_left(desk, b"\n".join(received).decode(errors="replace"), taken_away(desk, page))


def look_at_all_money(desk: Desk, page: Page, order_id: str) -> None:
    """Every screen that shows money: what they get from the server is listened to."""
    refunded = """
        SELECT o."userId", o."orderNumber", e.id FROM "Order" o JOIN desk.stripe_event e ON e.order_id = o.id
        WHERE o.id = %s AND e.type = 'charge.refunded'
        """
    # The refund's own event may have been the first to arrive.
    until(lambda: desk.query(refunded, order_id))
    [(client, number, event)] = desk.query(refunded, order_id)
    shown = {
        "payments": "Comparer maintenant",
        f"payments?part=events&event={event}": "Ce qui en a été gardé",
        "payments?part=refunds": str(number),
        "products?id=initie": "Tel qu’un client le voit",
        f"client?id={client}&part=payments": str(number),
    }
    for address, words in shown.items():
        page.goto(f"{desk.url}/{address}")
        expect(page.locator("[data-testid=stMain]")).to_contain_text(words)


def taken_away(desk: Desk, page: Page) -> str:
    """The lists of payments as files, unpacked."""
    texts = []
    for name in ("events", "refunds", "findings"):
        texts.append(page.request.get(f"{desk.url}/export/{name}.csv").text())
        packed = zipfile.ZipFile(io.BytesIO(page.request.get(f"{desk.url}/export/{name}.xlsx").body()))
        texts += [packed.read(part).decode() for part in packed.namelist()]
    return "\n".join(texts)


def _bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


def nothing_secret_is_left(desk: Desk, received: str, files: str) -> None:
    """Neither keys nor what belongs to a card is in a log, in what the browser got, in a file, in the audit or in what
    is kept of Stripe."""
    assert "charge.refunded" in received
    assert "charge.refunded" in files
    kept = json.loads((desk.home / "secrets.json").read_text())
    secrets = [kept["stripe_key"], kept["stripe_webhook"], HOLDER, "_secret_", "4242424242424242"]
    kept_rows = (
        "SELECT a::text FROM desk.audit a",
        "SELECT e::text FROM desk.stripe_event e",
        "SELECT w::text FROM desk.payment_word w",
        'SELECT p::text FROM "ProcessedEvent" p',
        "SELECT j::text FROM desk.procrastinate_jobs j",
    )
    logs = [path.read_text(errors="replace") for path in (desk.home / "log").glob("*.log")]
    texts = [received, files, (desk.home / "demo.out").read_text(), *logs]
    texts += ["\n".join(str(row[0]) for row in desk.query(query)) for query in kept_rows]
    assert [secret[:12] for secret in secrets if any(secret in text for text in texts)] == []
