"""The export from a person's side: filter the list, click, and open the file."""

import csv
import io
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page

from tests.e2e.conftest import Desk, come_in

pytestmark = pytest.mark.e2e


def download(page: Page, kind: str) -> tuple[str, bytes]:
    """The name and the content of what a click on the link saves."""
    link = page.locator(f'a[href*="/export/orders.{kind}"]')
    if not link.is_visible():
        page.get_by_role("button", name=re.compile("export", re.IGNORECASE)).click()
    with page.expect_download() as saved:
        link.click()
    return saved.value.suggested_filename, Path(saved.value.path()).read_bytes()


def test_an_admin_takes_away_what_the_filters_show(desk: Desk, page: Page) -> None:
    """Every paid order, in both formats, under a name with the day; the audit knows of both."""
    come_in(page, desk, "ADMIN")
    page.goto(f"{desk.url}/orders?status=PAID&sort=paid")
    rows = desk.query("""SELECT "orderNumber" FROM "Order" WHERE status = 'PAID' ORDER BY "paidAt" DESC, id DESC""")
    expected = [number for (number,) in rows]
    assert expected
    name, content = download(page, "csv")
    assert re.fullmatch(r"lumira-orders-\d{4}-\d\d-\d\d\.csv", name)
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [line[0] for line in lines[1:]] == expected
    name, content = download(page, "xlsx")
    assert name.endswith(".xlsx")
    (sheet,) = load_workbook(io.BytesIO(content)).worksheets
    assert [cell.value for cell in sheet["A"][1:]] == expected
    traces = desk.query("SELECT subject_id, after->>'rows' FROM desk.audit WHERE action = 'orders.export' ORDER BY id")
    assert traces[-2:] == [("orders.csv", str(len(expected))), ("orders.xlsx", str(len(expected)))]


def test_support_finds_neither_link_nor_address(desk: Desk, page: Page) -> None:
    """The list has no export for them, and the address refuses."""
    come_in(page, desk, "SUPPORT")
    page.goto(f"{desk.url}/orders")
    page.locator('a[href*="order?id="]').first.wait_for()
    assert page.get_by_role("button", name=re.compile("export", re.IGNORECASE)).count() == 0
    assert page.request.get(f"{desk.url}/export/orders.csv").status == 403
