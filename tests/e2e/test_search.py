"""The one box in a real browser: on every screen by a key, and on support's home."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk, come_in

BUTTON, PALETTE = ".st-key-shell-search button", ".st-key-shell-palette"


def somebody(desk: Desk) -> tuple[str, str, str, str, str]:
    """Id, first name, last name, phone and refId of a client who can be told from all others."""
    [(client, first, last, phone, ref)] = desk.query(
        """SELECT id, "firstName", "lastName", phone, "refId" FROM "User" c
        WHERE phone IS NOT NULL AND "refId" IS NOT NULL AND "lastName" ~ '^[A-Z][a-z]{4,}$' AND status = 'ACTIVE'
          AND (SELECT count(*) FROM "User" d WHERE d.phone = c.phone OR d."lastName" = c."lastName"
               AND d."firstName" = c."firstName") = 1
        ORDER BY "createdAt" LIMIT 1"""
    )
    return str(client), str(first), str(last), str(phone), str(ref)


@pytest.mark.parametrize("key", ["Control+k", "/"])
def test_a_pasted_message_finds_the_client_from_any_screen_and_enter_opens_them(
    desk: Desk, page: Page, key: str
) -> None:
    client, first, last, phone, ref = somebody(desk)
    come_in(page, desk, "EXPERT")
    page.goto(f"{desk.url}/deliveries")
    expect(page.locator(BUTTON)).to_be_visible()
    page.locator("[data-testid=stMain] h1").first.click()
    page.keyboard.press(key)
    box = page.locator(f"{PALETTE} textarea")
    expect(box).to_be_focused()
    box.fill(f"Bonjour,\nje suis {first} {last}, rappelez-moi au {phone}.\nMerci")
    hit = page.locator(f"{PALETTE} li[role=option]").first
    expect(hit).to_contain_text(ref)
    expect(hit.locator(".reason").first).to_contain_text("Téléphone")
    box.press("Enter")
    page.wait_for_url(f"**/client?id={client}")
    expect(box).to_be_hidden()
    expect(page.locator("[data-testid=stMain] h1").first).to_contain_text(last)


def test_enter_before_the_answer_opens_the_first_hit_and_escape_leaves_everything_as_it_was(
    desk: Desk, page: Page
) -> None:
    client, _, _, _, ref = somebody(desk)
    come_in(page, desk, "ADMIN")
    page.goto(f"{desk.url}/audit")
    page.locator(BUTTON).click()
    box = page.locator(f"{PALETTE} textarea")
    box.fill("26-9998 qqzzqq")
    expect(page.locator(f"{PALETTE} .tried")).to_contain_text("LUM-C-26-9998")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(page).to_have_url(f"{desk.url}/audit")
    page.locator(BUTTON).click()
    box.fill(ref.lower().replace("-", " "))
    box.press("Enter")
    page.wait_for_url(f"**/client?id={client}")


def test_support_finds_a_misspelt_client_on_their_home_while_typing(desk: Desk, page: Page) -> None:
    client, first, last, _, ref = somebody(desk)
    come_in(page, desk, "SUPPORT")
    box = page.locator(".st-key-search-box input")
    box.press_sequentially(f"{last[:-2]}{last[-1]}{last[-2]} {first}".lower(), delay=20)
    expect(page.locator(".st-key-search-hits li[role=option]").first).to_contain_text(ref)
    box.press("Enter")
    page.wait_for_url(f"**/client?id={client}")
