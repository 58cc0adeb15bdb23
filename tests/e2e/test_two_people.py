"""Two people and one order: nobody overwrites anybody, and nothing typed is lost."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Desk, come_in, until

pytestmark = pytest.mark.e2e

EDITOR = "[class*=st-key-order-reading] textarea"


def an_order(desk: Desk, *, skip: int) -> str:
    [(order_id,)] = desk.query(
        """
        SELECT id FROM "Order" WHERE status = 'AWAITING_VALIDATION' AND level BETWEEN 1 AND 4
          AND "generatedContent" -> 'pdf_content' -> 'sections' -> 7 ->> 'content' IS NOT NULL
        ORDER BY id DESC OFFSET %s LIMIT 1
        """,
        skip,
    )
    return str(order_id)


def test_text_typed_on_a_stale_screen_is_refused_kept_and_merged(desk: Desk, page: Page) -> None:
    order_id = an_order(desk, skip=0)
    come_in(page, desk, "EXPERT")
    page.goto(f"{desk.url}/order?id={order_id}")
    page.locator(".st-key-order-take button").click()
    text = page.locator(EDITOR).first
    expect(text).to_be_editable()
    text.click()
    text.press("Control+Home")
    text.press_sequentially("Mes mots. ")
    until(lambda: desk.query("SELECT 1 FROM desk.draft WHERE order_id = %s", order_id))
    # The platform writes the same field meanwhile, as it may at any time.
    desk.query(
        """
        UPDATE "Order" SET "generatedContent" = jsonb_set("generatedContent", '{pdf_content,introduction}',
            to_jsonb('La plateforme a écrit ceci.'::text)) WHERE id = %s
        """,
        order_id,
    )
    page.locator(".st-key-order-approve button").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    [(status, introduction)] = desk.query(
        "SELECT status::text, \"generatedContent\" -> 'pdf_content' ->> 'introduction' FROM \"Order\" WHERE id = %s",
        order_id,
    )
    assert (status, introduction) == ("AWAITING_VALIDATION", "La plateforme a écrit ceci.")
    mine = page.locator("[class*=st-key-mine] button").first
    expect(mine).to_be_visible()
    mine.click()
    expect(mine).not_to_be_visible()
    page.locator(".st-key-order-approve button").click()
    expect(page.locator(".st-key-order-undo button")).to_be_visible()
    [(content,)] = desk.query('SELECT "generatedContent"::text FROM "Order" WHERE id = %s', order_id)
    assert "Mes mots." in str(content)
    kept = desk.query("SELECT content::text FROM desk.reading_version WHERE order_id = %s", order_id)
    assert any("La plateforme a écrit ceci." in str(version) for (version,) in kept)


def test_an_order_that_somebody_holds_says_so_and_is_taken_over_only_with_a_reason(
    desk: Desk, page: Page, browser: Browser
) -> None:
    order_id = an_order(desk, skip=1)
    come_in(page, desk, "EXPERT")
    page.goto(f"{desk.url}/order?id={order_id}")
    page.locator(".st-key-order-take button").click()
    expect(page.locator(".st-key-order-release button")).to_be_visible()
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    other = context.new_page()
    come_in(other, desk, "ADMIN")
    other.goto(f"{desk.url}/order?id={order_id}")
    expect(other.locator(".st-key-order-approve button")).to_be_disabled()
    other.locator(".st-key-order-take_over button").click()
    other.locator(".st-key-order-take_over-confirm button").click()
    expect(other.get_by_text("Say why first")).to_be_visible()
    other.locator(".st-key-order-take_over button").click()
    other.locator(".st-key-order-take_over-reason textarea").fill("Élise is ill today")
    other.locator(".st-key-order-take_over-confirm button").click()
    expect(other.locator(".st-key-order-approve button")).to_be_enabled()
    [(reason,)] = desk.query(
        "SELECT reason FROM desk.audit WHERE action = 'order.take_over' AND subject_id = %s", order_id
    )
    assert reason == "Élise is ill today"
    context.close()


def test_support_sees_the_order_but_neither_the_reading_nor_the_photos_nor_a_decision(desk: Desk, page: Page) -> None:
    order_id = an_order(desk, skip=2)
    come_in(page, desk, "SUPPORT")
    expect(page.locator(".st-key-search-box input")).to_be_visible()
    page.goto(f"{desk.url}/order?id={order_id}")
    expect(page.locator("[data-testid=stMain] h1").first).to_be_visible()
    expect(page.locator(EDITOR)).to_have_count(0)
    expect(page.locator(".st-key-order-approve")).to_have_count(0)
    expect(page.locator(".st-key-order-photos")).to_have_count(0)
    assert page.request.get(f"{desk.url}/preview/{order_id}.pdf").status == 403
    page.goto(f"{desk.url}/queue")
    expect(page.locator(".st-key-queue-take_next")).to_have_count(0)
    page.goto(f"{desk.url}/audit")
    expect(page.locator(".st-key-audit-list")).to_have_count(0)


def test_an_account_and_an_audit_entry_open_from_their_row(desk: Desk, page: Page) -> None:
    come_in(page, desk, "ADMIN")
    page.goto(f"{desk.url}/staff")
    page.locator(".st-key-staff-list").get_by_text("Noé Lacombe").click()
    expect(page.get_by_role("dialog")).to_contain_text("support@lumira.example")
    page.goto(f"{desk.url}/audit?action=staff.add")
    page.locator(".st-key-audit-list").get_by_text("Compte ajouté").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Compte ajouté")


def test_a_screen_that_a_role_does_not_open_explains_itself(desk: Desk, page: Page) -> None:
    come_in(page, desk, "EXPERT")
    page.goto(f"{desk.url}/staff")
    expect(page.get_by_role("heading", name="Pas pour votre rôle")).to_be_visible()
    expect(page.locator(".st-key-staff-list")).to_have_count(0)
