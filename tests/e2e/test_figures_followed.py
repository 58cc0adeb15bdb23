"""The figures from a person's side: filtered, clicked through from a bar to its rows, and held against the database."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as TooLate

from dashboard.locale import money, set_language
from tests.e2e.conftest import Desk, come_in, until

pytestmark = pytest.mark.e2e

PAID = """
    SELECT count(*), COALESCE(sum(amount), 0)::bigint FROM "Order" WHERE lower(currency) = 'eur' AND level = 2
      AND "paidAt" >= (%s::date::timestamp AT TIME ZONE 'Europe/Paris') AT TIME ZONE 'UTC'
      AND "paidAt" < ((%s::date + 1)::timestamp AT TIME ZONE 'Europe/Paris') AT TIME ZONE 'UTC'
"""


def test_a_bar_leads_to_the_orders_that_it_counts_and_all_agree_with_the_database(desk: Desk, page: Page) -> None:
    """Of one level, chosen on screen: the cards, the bar's address, the list behind it, and the rows themselves."""
    set_language("fr")
    last = datetime.now(UTC).date() - timedelta(days=2)
    first = last - timedelta(days=55)
    come_in(page, desk, "ADMIN")
    page.goto(f"{desk.url}/revenue?period={first}..{last}&grain=week&measure=count")
    level = page.locator(".st-key-level-choice input")
    level.focus()
    level.press_sequentially("Mystique")
    level.press("Enter")
    page.wait_for_url("**level=2**")
    [(orders, cents)] = desk.query(PAID, first, last)
    assert isinstance(cents, int)
    expect(page.get_by_text(money(cents, "eur"), exact=True).first).to_be_visible()
    expect(page.locator('a[href*="sort=paid"]').filter(has_text=re.compile(rf"\b{orders}\b")).first).to_be_visible()

    bars = page.locator(".js-plotly-plot .bars .point path")
    until(lambda: bars.count() >= 4)

    def followed() -> bool:
        """A chart that is just being drawn anew loses a click, so it is clicked until it leads somewhere."""
        if "/orders?" not in page.url:
            bars.nth(bars.count() // 2).click(force=True, timeout=5_000)
        try:
            page.wait_for_url("**/orders?*", timeout=5_000)
        except TooLate:
            return False
        return True

    until(followed)
    query = parse_qs(urlsplit(page.url).query)
    days = query["paid"][0].split("..")
    assert query["level"] == ["2"]
    [(behind, _cents)] = desk.query(PAID, days[0], days[-1])
    assert isinstance(behind, int)
    assert behind > 0
    rows = page.locator("table tbody tr[data-id]")
    expect(rows).to_have_count(behind)
    assert all("Mystique" in text for text in rows.all_inner_texts())
