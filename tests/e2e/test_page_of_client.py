"""A client's page in the browser: notes from two windows, and what support must ask for."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Desk, come_in, until

pytestmark = pytest.mark.e2e

AREA = "[class*=st-key-client-notes] textarea"
FIRST, SECOND, PLATFORM = "Rappeler lundi.", "Veut un remboursement.", "Vu par la plateforme."


def a_client(desk: Desk, *, skip: int = 0) -> str:
    [(client_id,)] = desk.query(
        """
        SELECT u.id FROM "User" u JOIN "UserProfile" p ON p."userId" = u.id
        WHERE p.fears <> '' AND u.notes IS NULL ORDER BY u.id OFFSET %s LIMIT 1
        """,
        skip,
    )
    return str(client_id)


def notes(desk: Desk, client_id: str) -> object:
    [(text,)] = desk.query('SELECT notes FROM "User" WHERE id = %s', client_id)
    return text


def test_notes_typed_in_two_windows_are_both_kept_and_the_platforms_too(
    desk: Desk, page: Page, browser: Browser
) -> None:
    client_id = a_client(desk)
    address = f"{desk.url}/client?id={client_id}"
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    other = context.new_page()
    for window, role in ((page, "SUPPORT"), (other, "ADMIN")):
        come_in(window, desk, role)
        window.goto(address)
        expect(window.locator(AREA)).to_be_visible()
    page.locator(AREA).press_sequentially(FIRST)
    # Nobody presses a button: what is typed is saved by itself, and appears in the other window by itself.
    until(lambda: notes(desk, client_id) == FIRST)
    expect(other.locator(AREA)).to_have_value(FIRST)
    other.locator(AREA).press("Control+End")
    other.locator(AREA).press_sequentially(f"\n{SECOND}")
    desk.query('UPDATE "User" SET notes = %s WHERE id = %s', f"{FIRST}\n{PLATFORM}", client_id)
    expect(other.locator(".st-key-notes-conflict")).to_contain_text(PLATFORM)
    assert notes(desk, client_id) == f"{FIRST}\n{PLATFORM}"
    other.locator(".st-key-notes-both button").click()
    until(lambda: notes(desk, client_id) == f"{FIRST}\n{PLATFORM}\n{SECOND}")
    expect(other.locator(AREA)).to_have_value(f"{FIRST}\n{PLATFORM}\n{SECOND}")
    expect(page.locator(AREA)).to_have_value(f"{FIRST}\n{PLATFORM}\n{SECOND}")
    kept = desk.query("SELECT origin, content FROM desk.note_version WHERE client_id = %s ORDER BY number", client_id)
    assert [origin for origin, _ in kept] == ["WRITTEN", "FOUND", "WRITTEN"]
    context.close()


def test_text_that_never_reached_the_server_is_back_after_a_reload(desk: Desk, page: Page) -> None:
    client_id = a_client(desk, skip=1)
    come_in(page, desk, "SUPPORT")
    page.goto(f"{desk.url}/client?id={client_id}")
    expect(page.locator(AREA)).to_be_visible()
    # The page is gone in the middle of a word, with what was still to be sent.
    page.locator(AREA).fill(FIRST)
    page.reload()
    expect(page.locator(AREA)).to_have_value(FIRST)
    until(lambda: notes(desk, client_id) == FIRST)


def test_support_sees_what_is_covered_only_for_a_reason_which_the_admin_reads(
    desk: Desk, page: Page, browser: Browser
) -> None:
    client_id = a_client(desk, skip=2)
    [(fears,)] = desk.query('SELECT fears FROM "UserProfile" WHERE "userId" = %s', client_id)
    come_in(page, desk, "SUPPORT")
    page.goto(f"{desk.url}/client?id={client_id}&part=profile")
    main = page.locator("[data-testid=stMain]")
    show = page.locator(".st-key-client-reveal-FEARS button")
    expect(show).to_be_visible()
    expect(main).not_to_contain_text(str(fears))
    show.click()
    confirm = page.locator(".st-key-client-reveal-confirm button")
    confirm.click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.locator(".st-key-client-reveal-reason textarea").fill("La cliente est au téléphone")
    confirm.click()
    expect(main).to_contain_text(str(fears))
    page.locator(".st-key-client-cover button").click()
    expect(main).not_to_contain_text(str(fears))
    context = browser.new_context(locale="fr-FR", viewport={"width": 1440, "height": 900})
    admin = context.new_page()
    come_in(admin, desk, "ADMIN")
    admin.goto(f"{desk.url}/client?id={client_id}&part=access")
    expect(admin.locator(".st-key-client-looks")).to_contain_text("Noé Lacombe")
    expect(admin.locator(".st-key-client-reveals")).to_contain_text("La cliente est au téléphone")
    context.close()


def test_the_head_leads_to_a_call_a_mail_and_a_message(desk: Desk, page: Page) -> None:
    [(client_id, email)] = desk.query(
        """SELECT id, email FROM "User" WHERE phone ~ '^\\+336[0-9]{8}$' ORDER BY id LIMIT 1"""
    )
    come_in(page, desk, "EXPERT")
    page.goto(f"{desk.url}/client?id={client_id}")
    expect(page.locator(f'.st-key-client-email a[href="mailto:{email}"]')).to_be_visible()
    expect(page.locator('.st-key-client-phone a[href^="tel:+336"]')).to_be_visible()
    expect(page.locator('.st-key-client-phone a[href^="https://wa.me/336"]')).to_be_visible()
    expect(page.locator(".st-key-client-edit")).to_have_count(0)


def test_a_name_is_shown_to_the_letter_and_leaves_room_for_the_rest(desk: Desk, page: Page) -> None:
    """Whatever Markdown would make of it, and however long it is; on the order as on the client."""
    name = "**Gras** :material/home: :smile: :red[rouge] $x^2$ `code` [clic](http://example.org) www.example.org"
    [(client_id, order_id)] = desk.query(
        """
        UPDATE "User" u SET "firstName" = %s, "lastName" = repeat('B', 300), source = %s FROM "Order" o
        WHERE o."userId" = u.id AND o.id = (
            SELECT id FROM "Order" WHERE status = 'COMPLETED' ORDER BY "createdAt" LIMIT 1)
        RETURNING u.id, o.id
        """,
        name,
        name,
    )
    come_in(page, desk, "ADMIN")
    for address in (f"client?id={client_id}", f"order?id={order_id}"):
        page.goto(f"{desk.url}/{address}")
        title = page.locator("[data-testid=stMain] h1")
        expect(title).to_contain_text("BBBB")
        assert title.inner_text().replace("\u2060", "").startswith(name)
        assert title.locator("a, code, strong, .katex, [data-testid=stIconMaterial], [role=img]").count() == 0
        box = title.bounding_box()
        assert box is not None
        assert box["height"] < 120
    page.goto(f"{desk.url}/client?id={client_id}")
    expect(page.get_by_text("[clic](http", exact=False).first).to_be_visible()
