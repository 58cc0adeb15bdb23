"""A person's request, from the browser: everything is handed out, everything is erased, the receipt is checked."""

import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk, come_in, until

pytestmark = pytest.mark.e2e

SOMEBODY = """
SELECT u.id, u.email, u."firstName" || ' ' || u."lastName" FROM "User" u
JOIN "Order" o ON o."userId" = u.id AND o.status = 'COMPLETED' JOIN "SpiritualPath" p ON p."userId" = u.id
JOIN "ChatSession" c ON c."userId" = u.id WHERE u."refId" IS NOT NULL ORDER BY u.id DESC LIMIT 1
"""


def test_an_admin_hands_out_and_erases_what_is_kept_about_a_client(desk: Desk, page: Page) -> None:
    """From the search to the receipt; afterwards the database knows the orders and not the person."""
    ((client_id, email, name),) = desk.query(SOMEBODY)
    numbers = desk.query('SELECT "orderNumber", amount FROM "Order" WHERE "userId" = %s ORDER BY 1', client_id)
    come_in(page, desk, "ADMIN")
    page.goto(f"{desk.url}/privacy")
    box = page.locator(".st-key-privacy\\.search input, .st-key-privacy-search input")
    box.fill(str(email))
    box.press("Enter")
    page.locator(f'a[href*="privacy?id={client_id}"]').first.click()
    with page.expect_download() as saved:
        page.locator('a[href^="/archive/"]').click()
    with zipfile.ZipFile(Path(saved.value.path())) as opened:
        assert opened.testzip() is None
        (client,) = json.loads(opened.read("donnees/public.User.json"))
        assert client["email"] == email
        assert str(name).split()[0] in opened.read("resume.html").decode()
    word = page.locator(".st-key-privacy\\.word input, .st-key-privacy-word input")
    button = page.locator(".st-key-privacy\\.erase button, .st-key-privacy-erase button")
    word.fill("quelqu'un d'autre")
    word.press("Tab")
    button.click()
    page.get_by_test_id("stAlert").filter(has_text="refId").wait_for()
    word.fill(str(email))
    word.press("Tab")
    button.click()
    until(lambda: desk.query("SELECT 1 FROM desk.erasure WHERE client_id = %s", client_id), 90)
    receipt = page.get_by_test_id("stCode").inner_text()
    assert desk.query("SELECT 1 FROM desk.erasure WHERE receipt = %s", receipt.strip())
    with page.expect_download() as kept:
        page.locator(f'a[href="/archive/{client_id}.txt"]').click()
    assert Path(kept.value.path()).read_text() == receipt.strip()
    assert desk.query('SELECT "firstName" FROM "User" WHERE id = %s', client_id) == [("Client",)]
    assert desk.query('SELECT "orderNumber", amount FROM "Order" WHERE "userId" = %s ORDER BY 1', client_id) == numbers
    for sql in ('SELECT 1 FROM "ChatSession" WHERE "userId" = %s', 'SELECT 1 FROM "UserProfile" WHERE "userId" = %s'):
        assert desk.query(sql, client_id) == []
    page.goto(f"{desk.url}/privacy")
    check = page.locator(".st-key-privacy\\.check textarea, .st-key-privacy-check textarea")
    check.fill(receipt)
    check.press("Control+Enter")
    expect(page.locator("[data-testid=stAlert]").first).to_be_visible()


def test_only_those_who_may_erase_find_the_archive(desk: Desk, page: Page) -> None:
    """Support sees neither the screen nor the address."""
    ((client_id,),) = desk.query('SELECT id FROM "User" ORDER BY id LIMIT 1')
    come_in(page, desk, "SUPPORT")
    for form in ("zip", "txt"):
        assert page.request.get(f"{desk.url}/archive/{client_id}.{form}").status == 403
