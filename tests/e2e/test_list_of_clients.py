"""The list of clients from a person's side: a view is kept and opened by its address, tags are given and taken back."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Desk, come_in

pytestmark = pytest.mark.e2e

ROWS = ".st-key-clients-list table tbody tr"
TAG = "à relancer en mars"


def tagged(desk: Desk) -> set[object]:
    return {one for (one,) in desk.query('SELECT id FROM "User" WHERE %s = ANY (tags)', TAG)}


def test_a_view_is_saved_found_again_by_its_address_and_deleted(desk: Desk, page: Page) -> None:
    """With its filters and its columns; the address alone is enough."""
    come_in(page, desk, "SUPPORT")
    page.goto(f"{desk.url}/clients?path=stalled&sort=spent&columns=name&columns=path&columns=spent")
    page.locator(ROWS).first.wait_for()
    page.get_by_role("button", name="Vue", exact=True).click()
    page.get_by_role("button", name="Enregistrer comme nouvelle vue").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Nom").fill("Bloqués")
    dialog.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("La vue « Bloqués » est enregistrée.")).to_be_visible()
    [(view,)] = desk.query("SELECT id FROM desk.saved_view WHERE name = 'Bloqués'")
    page.goto(f"{desk.url}/clients?view={view}")
    expect(page.locator(ROWS).first).to_contain_text("Bloqué par le système")
    assert "path=stalled" in page.url
    heads = page.locator(".st-key-clients-list thead th")
    assert [text for text in heads.all_inner_texts() if text] == ["Client", "Parcours", "Total payé"]
    page.get_by_role("button", name="Vue", exact=True).click()
    page.get_by_role("button", name="Supprimer la vue").click()
    page.get_by_role("dialog").get_by_role("button", name="Supprimer", exact=True).click()
    expect(page.get_by_text("La vue « Bloqués » est supprimée.")).to_be_visible()
    assert desk.query("SELECT 1 FROM desk.saved_view WHERE name = 'Bloqués'") == []


def test_tags_are_given_to_a_selection_and_taken_back(desk: Desk, page: Page) -> None:
    """What will change is shown before; the worker does it; undone, everything is as it was."""
    come_in(page, desk, "ADMIN")
    page.goto(f"{desk.url}/clients")
    rows = page.locator(ROWS)
    rows.first.wait_for()
    for number in (1, 3):
        rows.nth(number).locator("input[type=checkbox]").check()
    chosen = {rows.nth(number).get_attribute("data-id") for number in (1, 3)}
    page.get_by_role("button", name="Modifier plusieurs (2)").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Les 2 sélectionnés")).to_be_visible()
    field = dialog.get_by_label("Étiquettes", exact=True).locator("visible=true").last
    field.fill(TAG)
    field.press("Enter")
    dialog.get_by_text("Modifier plusieurs clients").click()
    expect(dialog.locator(".changes ins")).to_have_text([TAG, TAG])
    dialog.get_by_role("button", name="Modifier 2 clients").click()
    expect(page.get_by_text(re.compile("2 clients ont été modifiés"))).to_be_visible()
    assert tagged(desk) == chosen
    page.get_by_role("button", name="Annuler", exact=True).click()
    expect(page.get_by_text(re.compile("2 clients sont comme avant"))).to_be_visible()
    assert tagged(desk) == set()


def test_what_is_filtered_is_what_is_exported(desk: Desk, page: Page) -> None:
    """The clients of a tag, in the order of the screen."""
    come_in(page, desk, "SUPPORT")
    page.goto(f"{desk.url}/clients?tag=VIP&sort=name&asc=1")
    page.locator(ROWS).first.wait_for()
    shown = page.locator(f"{ROWS} td.is-text .sub").all_inner_texts()
    page.get_by_role("button", name="Exporter").click()
    with page.expect_download() as saved:
        page.locator('a[href*="/export/clients.csv"]').click()
    content = Path(saved.value.path()).read_text("utf-8-sig")
    lines = list(csv.reader(io.StringIO(content), delimiter=";"))
    assert [line[3] for line in lines[1:]] == shown
    assert len(shown) == len(desk.query("""SELECT 1 FROM "User" WHERE 'VIP' = ANY (tags)"""))
