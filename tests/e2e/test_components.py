"""The Desk's own screen elements, driven in a real browser under the Desk's own content security policy."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, Route, expect

from tests.e2e import kept_json

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("test_components_server.py")
HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
COPY = "lumira.draft.staff1.order1"
expect.set_options(timeout=15_000)

# Every run of a component is cleaned up after at once, as Streamlit does with a run that a newer one overtook while
# the module was being loaded.
OVERTAKEN = """
const Plain = Blob;
window.Blob = function (parts, options) {
  const script = options?.type === "text/javascript";
  return new Plain(script ? parts.map((part) => part.replace("export default function", "const run = function") + `
    export default function (component) {
      const leave = run(component);
      if (leave) { leave(); document.documentElement.dataset.overtaken = "yes"; }
      return leave;
    }`) : parts, options);
};
"""


class Server:
    """The small app in a process of its own, which can be killed and started again under the same address."""

    def __init__(self, store: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.store = store
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(self.port)],
            cwd=ROOT,
            env=os.environ | {"COMPONENTS_STORE": str(self.store), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "URL:" in line:
                return
        raise RuntimeError("The app ended before it listened.")

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def kept(self) -> dict[str, Any]:
        return kept_json.read(self.store)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("components") / "store.json")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def server(running: Server) -> Server:
    """The running app with nothing stored."""
    running.store.unlink(missing_ok=True)
    return running


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A browser profile of this test's own."""
    made = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light", locale="en-GB")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, server: Server) -> Iterator[Page]:
    """A tab; after the test, nothing went to another host, broke the policy or raised an error in a script."""
    opened = context.new_page()
    elsewhere: list[str] = []
    complaints: list[str] = []
    policies: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((server.url, "blob:", "data:")):
            elsewhere.append(request.url)

    opened.on("request", note)
    opened.on("response", lambda answer: policies.append(answer.headers.get("content-security-policy", "")))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on(
        "console",
        lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield opened
    assert "script-src 'self' blob:" in policies[0]
    assert elsewhere == []
    assert complaints == []


def rows(page: Page) -> Locator:
    return page.locator("tbody tr")


def open_list(page: Page, server: Server) -> None:
    page.goto(server.url)
    expect(rows(page)).to_have_count(30)
    expect(page.locator("dialog")).to_have_count(1)  # the shortcuts listen


def open_editor(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.url}/editor{query}")
    expect(page.locator("section[data-group]")).to_have_count(5)
    page.evaluate("document.fonts.ready.then(() => true)")


def area(page: Page, path: str) -> Locator:
    return page.locator(f'[data-path="{path}"] textarea')


def says(page: Page, text: str | re.Pattern[str]) -> None:
    expect(page.locator(".bar .state")).to_have_text(text)


# --- the list -------------------------------------------------------------------------------------------------------


def test_a_plain_click_on_a_row_or_its_link_opens_the_order_in_this_tab(page: Page, server: Server) -> None:
    for place in ("td.is-badge", "a.own"):
        open_list(page, server)
        rows(page).nth(4).locator(place).first.click()
        expect(page.get_by_text("order 004")).to_be_visible()
        assert page.url.endswith("/order?id=004")


def test_ctrl_click_and_middle_click_open_the_real_address_in_another_tab(
    page: Page, context: BrowserContext, server: Server
) -> None:
    open_list(page, server)
    link = rows(page).nth(2).locator("a.own")
    assert link.get_attribute("href") == "/order?id=002"
    presses = [
        lambda: link.click(modifiers=["Control"]),
        lambda: link.click(button="middle"),
        lambda: rows(page).nth(2).locator("td.is-badge").click(modifiers=["Control"]),
        lambda: rows(page).nth(2).locator("td.is-badge").click(button="middle"),
    ]
    for press in presses:
        with context.expect_page() as opened:
            press()
        expect(opened.value.get_by_text("order 002")).to_be_visible()
        opened.value.close()
    assert page.url == server.url + "/"


def test_j_and_k_move_and_enter_or_o_opens(page: Page, server: Server) -> None:
    open_list(page, server)
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    expect(rows(page).nth(1)).to_have_class(re.compile("active"))
    expect(rows(page).nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("order 001")).to_be_visible()
    open_list(page, server)
    expect(rows(page).nth(1)).to_have_class(re.compile("active"))  # where one left off
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("o")
    expect(page.get_by_text("order 003")).to_be_visible()


def test_coming_back_to_the_list_does_not_open_the_order_again(page: Page, server: Server) -> None:
    open_list(page, server)
    rows(page).nth(4).click()
    page.get_by_text("Back to the list").click()
    expect(rows(page)).to_have_count(30)
    expect(page.get_by_text("sorted by number asc")).to_be_visible()
    assert "order?id" not in page.url


def test_keys_do_nothing_while_somebody_types(page: Page, server: Server) -> None:
    open_list(page, server)
    box = page.locator(".st-key-search-box input")
    box.focus()
    page.keyboard.type("jjxgorc")
    expect(box).to_have_value("jjxgorc")
    expect(page.locator("tr.active")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_text("pressed None")).to_be_visible()


def test_x_and_the_boxes_select_and_python_hears_it(page: Page, server: Server) -> None:
    open_list(page, server)
    for key in ("j", "x", "j", "j", "x"):
        page.keyboard.press(key)
    expect(page.get_by_text("selected 000, 002")).to_be_visible()
    rows(page).nth(5).locator("input").check()
    expect(page.get_by_text("selected 000, 002, 005")).to_be_visible()
    expect(rows(page).nth(5)).to_have_attribute("aria-selected", "true")
    page.locator("thead input").check()
    expect(page.get_by_text("029")).to_have_count(2)
    page.locator("thead input").uncheck()
    expect(page.get_by_text("selected none")).to_be_visible()


def test_a_header_sorts_and_says_so_to_screen_readers(page: Page, server: Server) -> None:
    open_list(page, server)
    order, waited = page.locator('th[data-column="number"]'), page.locator('th[data-column="waited"]')
    expect(order).to_have_attribute("aria-sort", "ascending")
    order.get_by_role("button").click()
    expect(page.get_by_text("sorted by number desc")).to_be_visible()
    expect(order).to_have_attribute("aria-sort", "descending")
    expect(rows(page).first).to_have_attribute("data-id", "029")
    waited.get_by_role("button").click()
    expect(page.get_by_text("sorted by waited desc")).to_be_visible()
    expect(page.locator('th[data-column="client"]').get_by_role("button")).to_have_count(0)


def test_html_in_a_name_is_shown_to_the_letter_and_does_nothing(page: Page, server: Server) -> None:
    open_list(page, server)
    cell = rows(page).nth(1).locator("td.is-text .strong")
    expect(cell).to_have_text(HOSTILE)
    expect(page.locator("tbody img, tbody script")).to_have_count(0)
    expect(page).to_have_title("Components")


def test_names_keep_their_own_direction_and_whole_text_on_hover(page: Page, server: Server) -> None:
    open_list(page, server)
    arabic = rows(page).nth(2).locator("td.is-text .strong")
    assert arabic.evaluate("node => getComputedStyle(node).direction") == "rtl"
    long = rows(page).nth(5).locator("td.is-text .strong")
    assert long.get_attribute("title") == "Jean-Baptiste " * 9
    assert long.evaluate("node => node.scrollWidth > node.clientWidth")
    moment = rows(page).first.locator("td.is-time .line")
    expect(moment).to_have_attribute("title", "Monday 2 February 2026, 11:21")
    expect(rows(page).first.get_by_role("img", name="This client is banned")).to_be_visible()


def test_an_identifier_is_copied_without_opening_its_row(page: Page, context: BrowserContext, server: Server) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_list(page, server)
    rows(page).nth(3).hover()
    rows(page).nth(3).get_by_role("button", name="Copy LU260130-003").click()
    expect(page.get_by_role("status").get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "LU260130-003"
    assert page.url == server.url + "/"


def test_the_header_stays_in_view_and_less_important_columns_leave_first(page: Page, server: Server) -> None:
    open_list(page, server)
    page.mouse.move(700, 600)
    page.mouse.wheel(0, 600)
    expect(rows(page).first).not_to_be_in_viewport()
    expect(page.locator('th[data-column="client"]')).to_be_in_viewport(ratio=1)
    headers = page.locator("thead th[data-column]:visible")
    expect(headers).to_have_text(["Order", "Client", "Level", "Waited", "Holder", "Flags"])
    page.set_viewport_size({"width": 1280, "height": 900})
    expect(headers).to_have_text(["Order", "Client", "Level", "Waited", "Holder"])
    page.set_viewport_size({"width": 1120, "height": 900})
    expect(headers).to_have_text(["Order", "Client", "Level", "Waited"])
    page.set_viewport_size({"width": 820, "height": 900})
    expect(page.locator(".root.cards")).to_be_visible()
    expect(rows(page).first.get_by_text("LU260130-000")).to_be_visible()


# --- keys -----------------------------------------------------------------------------------------------------------


def test_a_bound_key_reaches_python_and_streamlits_own_shortcuts_still_work(page: Page, server: Server) -> None:
    open_list(page, server)
    page.keyboard.press("g")
    expect(page.get_by_text("pressed go")).to_be_visible()
    page.keyboard.press("Shift+A")
    expect(page.get_by_text("pressed approve")).to_be_visible()
    page.keyboard.press("v")
    expect(page.get_by_text("streamlit's own shortcut")).to_be_visible()


def test_the_question_mark_lists_the_shortcuts_and_sleeps_the_others(page: Page, server: Server) -> None:
    open_list(page, server)
    page.keyboard.press("?")
    overlay = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(overlay.get_by_text("Approve the reading")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("g")
    page.keyboard.press("Escape")
    expect(overlay).to_be_hidden()
    expect(page.locator("tr.active")).to_have_count(0)
    expect(page.get_by_text("pressed None")).to_be_visible()
    page.keyboard.press("j")
    expect(rows(page).first).to_have_class(re.compile("active"))


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_the_search_box_is_one_key_away(page: Page, server: Server, key: str) -> None:
    open_list(page, server)
    box = page.locator(".st-key-search-box input")
    expect(box).to_be_visible()
    page.keyboard.press(key)
    expect(box).to_be_focused()
    expect(box).to_have_value("")


# --- the editor -----------------------------------------------------------------------------------------------------


def test_what_is_typed_is_stored_by_itself_and_the_browsers_copy_goes(page: Page, server: Server) -> None:
    open_editor(page, server)
    area(page, "intro").press("End")
    page.keyboard.type(" you")
    assert json.loads(page.evaluate(f"localStorage['{COPY}']"))["texts"] == {"intro": "Hello you"}
    says(page, "Draft saved at 14:03")
    expect(page.get_by_text('stored {"intro": "Hello you"}')).to_be_visible()
    assert server.kept()["draft"] == {"intro": "Hello you"}
    assert page.evaluate(f"localStorage['{COPY}']") is None
    expect(page.locator('[data-path="intro"]')).to_have_class(re.compile("changed"))
    expect(page.locator(".outline").get_by_role("img", name="Changed")).to_have_count(1)


def test_a_draft_is_there_again_after_a_reload(page: Page, server: Server) -> None:
    open_editor(page, server)
    area(page, "intro").fill("Hello again")
    says(page, "Draft saved at 14:03")
    page.reload()
    expect(area(page, "intro")).to_have_value("Hello again")
    says(page, "Draft saved at 14:03")
    expect(page.get_by_text("1 field changed")).to_be_visible()


def test_a_rerun_moves_neither_caret_nor_place_nor_focus(page: Page, server: Server) -> None:
    open_editor(page, server)
    body = area(page, "body")
    body.focus()
    body.evaluate("node => node.setSelectionRange(700, 705)")
    page.keyboard.press("r")  # typed over the selection; Streamlit's own key must not see it
    before = page.locator('[data-testid="stMain"]').evaluate("node => node.scrollTop")
    says(page, "Draft saved at 14:03")
    expect(page.get_by_text("run 2")).to_be_visible()
    expect(body).to_be_focused()
    assert body.evaluate("node => [node.selectionStart, node.selectionEnd]") == [701, 701]
    assert page.locator('[data-testid="stMain"]').evaluate("node => node.scrollTop") == before
    page.keyboard.type("c")
    expect(page.get_by_text("run 3")).to_be_visible()
    assert body.evaluate("node => node.value.slice(700, 702)") == "rc"


def test_typing_goes_on_through_reruns_without_losing_a_letter(page: Page, server: Server) -> None:
    open_editor(page, server)
    area(page, "end").fill("")
    sentence = "Every letter of this sentence arrives, however often the screen runs meanwhile."
    page.locator('[data-path="end"] textarea').press_sequentially(sentence, delay=60)
    says(page, "Draft saved at 14:03")
    expect(area(page, "end")).to_have_value(sentence)
    assert server.kept()["draft"] == {"end": sentence}


def test_text_that_no_server_heard_of_survives_a_dead_server_and_a_reload(page: Page, server: Server) -> None:
    open_editor(page, server)
    server.kill()
    area(page, "intro").fill("Typed while the server was dead")
    says(page, re.compile("Not saved yet"))
    assert not server.store.exists()
    server.start()
    page.reload()
    expect(area(page, "intro")).to_have_value("Typed while the server was dead")
    expect(page.get_by_text("was restored from this browser")).to_be_visible()
    says(page, "Draft saved at 14:03")
    assert server.kept()["draft"] == {"intro": "Typed while the server was dead"}


def test_a_page_that_stays_open_sends_its_text_when_the_server_is_back(page: Page, server: Server) -> None:
    open_editor(page, server)
    server.kill()
    area(page, "intro").fill("Typed while the server was dead")
    says(page, re.compile("Not saved yet"))
    server.start()
    expect(page.locator(".bar .state")).to_have_text("Draft saved at 14:03", timeout=40_000)
    expect(area(page, "intro")).to_have_value("Typed while the server was dead")
    assert server.kept()["draft"] == {"intro": "Typed while the server was dead"}


def test_a_click_outside_carries_the_text_that_still_waited(page: Page, server: Server) -> None:
    open_editor(page, server)
    area(page, "intro").focus()
    page.keyboard.press("End")
    page.keyboard.type("!")
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text('approved with {"intro": "Hello!"}')).to_be_visible()


def test_ctrl_s_saves_what_was_just_typed_and_the_new_version_is_taken_over(page: Page, server: Server) -> None:
    open_editor(page, server)
    area(page, "intro").fill("A better beginning")
    page.keyboard.press("Control+s")
    says(page, "Version 2 is saved")
    assert server.kept()["texts"]["intro"] == "A better beginning"
    assert server.kept()["draft"] == {}
    expect(page.locator(".changed")).to_have_count(0)
    assert page.evaluate(f"localStorage['{COPY}']") is None
    page.reload()
    expect(area(page, "intro")).to_have_value("A better beginning")
    says(page, "Version 2 is saved")


def test_the_save_button_saves_too_and_rests_while_nothing_changed(page: Page, server: Server) -> None:
    open_editor(page, server)
    save = page.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    area(page, "title").fill("Lamplight")
    save.click()
    says(page, "Version 2 is saved")
    assert server.kept()["texts"]["title"] == "Lamplight"


def test_a_stale_save_overwrites_nothing_and_keeps_the_text(page: Page, server: Server) -> None:
    open_editor(page, server)
    area(page, "intro").fill("Mine")
    says(page, "Draft saved at 14:03")
    texts = server.kept()["texts"] | {"intro": "Theirs", "end": "New"}
    kept_json.change(server.store, {"version": 2, "texts": texts})
    area(page, "intro").press("End")
    page.keyboard.type("!")
    page.keyboard.press("Control+s")
    expect(area(page, "end")).to_have_value("New")
    expect(area(page, "intro")).to_have_value("Mine!")
    expect(page.get_by_text("The saved text changed since you started; yours is shown.")).to_be_visible()
    assert server.kept()["texts"]["intro"] == "Theirs"
    says(page, "Somebody saved this reading since you opened it.")
    expect(page.get_by_text('stored {"intro": "Mine!"}')).to_be_visible()


def test_a_refused_draft_says_why_and_stays_in_the_browser(page: Page, server: Server) -> None:
    open_editor(page, server)
    area(page, "intro").fill("REFUSED text")
    says(page, "Marie holds this order. Your text is kept in this browser.")
    assert json.loads(page.evaluate(f"localStorage['{COPY}']"))["texts"] == {"intro": "REFUSED text"}


def test_undo_brings_the_saved_text_back_and_the_browsers_undo_brings_mine(page: Page, server: Server) -> None:
    open_editor(page, server)
    area(page, "intro").fill("Something else")
    says(page, "Draft saved at 14:03")
    page.locator('[data-path="intro"]').get_by_role("button", name="Undo my change").click()
    expect(area(page, "intro")).to_have_value("Hello")
    expect(page.get_by_text("stored {}")).to_be_visible()
    says(page, "Version 1 is saved")
    page.keyboard.press("Control+z")
    expect(area(page, "intro")).to_have_value("Something else")
    says(page, "Draft saved at 14:03")


def test_older_text_of_this_browser_is_offered_not_forced(page: Page, server: Server) -> None:
    open_editor(page, server)
    area(page, "intro").fill("Written elsewhere, later")
    says(page, "Draft saved at 14:03")
    older = json.dumps({"n": 1_700_000_000_000, "seen": "1", "texts": {"intro": "Typed here, long ago"}, "bases": {}})
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [COPY, older])
    page.reload()
    expect(area(page, "intro")).to_have_value("Written elsewhere, later")
    expect(page.get_by_text("14 Nov 2023")).to_be_visible()
    page.reload()  # undecided, it is still there
    expect(page.get_by_text("14 Nov 2023")).to_be_visible()
    page.get_by_role("button", name="Use it").click()
    expect(area(page, "intro")).to_have_value("Typed here, long ago")
    expect(page.get_by_text('stored {"intro": "Typed here, long ago"}')).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('lumira'))") == []


def test_two_tabs_on_one_order_show_the_same_text_and_neither_overwrites_the_other(
    page: Page, context: BrowserContext, server: Server
) -> None:
    other = context.new_page()
    open_editor(page, server)
    open_editor(other, server)
    area(page, "intro").fill("Typed in the first")
    expect(area(other, "intro")).to_have_value("Typed in the first")
    says(other, "Draft saved at 14:03")
    area(other, "title").fill("Typed in the second")
    expect(area(page, "title")).to_have_value("Typed in the second")
    area(page, "intro").press("End")
    page.keyboard.type(", twice")
    expect(page.get_by_text('"intro": "Typed in the first, twice"')).to_be_visible()
    assert server.kept()["draft"] == {"intro": "Typed in the first, twice", "title": "Typed in the second"}
    assert page.evaluate(f"localStorage['{COPY}']") is None


def test_a_change_taken_back_in_one_tab_is_taken_back_in_the_other(
    page: Page, context: BrowserContext, server: Server
) -> None:
    other = context.new_page()
    open_editor(page, server)
    open_editor(other, server)
    area(page, "intro").fill("Not this")
    expect(area(other, "intro")).to_have_value("Not this")
    page.locator('[data-path="intro"] .undo').click()
    expect(area(other, "intro")).to_have_value("Hello")


def test_who_is_typing_when_the_order_is_taken_away_finishes_the_word(page: Page, server: Server) -> None:
    open_editor(page, server)
    area(page, "intro").press("End")
    page.keyboard.type(" you")
    says(page, "Draft saved at 14:03")
    kept_json.change(server.store, {"taken": True})
    page.keyboard.type(" and")
    expect(page.locator("textarea")).to_have_count(1)
    page.keyboard.type(" them")
    expect(page.get_by_text('stored {"intro": "Hello you and them"}')).to_be_visible()
    says(page, "Draft saved at 14:03")
    page.get_by_label("Elsewhere").click()
    expect(page.locator("textarea")).to_have_count(0)
    expect(page.locator('[data-path="intro"] .prose')).to_have_text("Hello you and them")


@pytest.mark.parametrize(
    "story",
    [
        test_j_and_k_move_and_enter_or_o_opens,
        test_the_question_mark_lists_the_shortcuts_and_sleeps_the_others,
        test_what_is_typed_is_stored_by_itself_and_the_browsers_copy_goes,
        test_a_click_outside_carries_the_text_that_still_waited,
        test_ctrl_s_saves_what_was_just_typed_and_the_new_version_is_taken_over,
    ],
    ids=lambda story: story.__name__.removeprefix("test_"),
)
def test_a_run_that_a_newer_one_overtook_ends_nothing_that_is_shown(
    page: Page, context: BrowserContext, server: Server, story: Callable[[Page, Server], None]
) -> None:
    context.add_init_script(OVERTAKEN)
    story(page, server)
    expect(page.locator("html")).to_have_attribute("data-overtaken", "yes")


def test_reading_only_shows_the_same_text_and_no_field(page: Page, server: Server) -> None:
    open_editor(page, server, "?read_only=1")
    expect(page.locator("textarea")).to_have_count(0)
    expect(page.locator('[data-path="intro"] .prose')).to_have_text("Hello")
    expect(page.get_by_role("button", name="Save")).to_have_count(0)


def test_the_outline_leads_to_a_section_and_remarks_stand_where_they_belong(page: Page, server: Server) -> None:
    open_editor(page, server)
    outline = page.get_by_role("navigation", name="Contents")
    expect(outline.get_by_role("img", name="Remarks: 1")).to_have_count(1)
    expect(page.locator('[data-path="end"]').get_by_text("Too short.")).to_be_visible()
    outline.get_by_role("button", name="Conclusion").click()
    expect(page.locator('[data-group="conclusion"]')).to_be_in_viewport()
    expect(outline.get_by_role("button", name="Conclusion")).to_be_in_viewport()
    expect(page.locator('[data-group="introduction"] .words')).to_have_text("1 word")


def test_foreign_parts_of_the_reading_are_shown_to_the_letter(page: Page, server: Server) -> None:
    open_editor(page, server)
    expect(page.locator('[data-group="other"] pre')).to_have_text(HOSTILE)
    expect(page.locator('[data-group="other"] img')).to_have_count(0)


def test_a_line_stays_one_line_and_enter_does_not_break_it(page: Page, server: Server) -> None:
    open_editor(page, server)
    area(page, "title").press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("light")
    expect(area(page, "title")).to_have_value("Lamplight")
    area(page, "title").fill("two\nlines")
    expect(area(page, "title")).to_have_value("two lines")


# --- photos, identifiers, look --------------------------------------------------------------------------------------


def test_the_viewer_opens_goes_on_turns_zooms_and_closes(page: Page, server: Server) -> None:
    page.goto(server.url + "/tools")
    page.get_by_role("button", name="Show Face in full").click()
    viewer = page.locator("dialog.viewer")
    expect(viewer).to_have_attribute("data-state", "shown")
    expect(viewer.locator(".place")).to_have_text("1 of 2")
    page.keyboard.press("ArrowRight")
    expect(viewer.locator(".title")).to_have_text("Palm")
    expect(viewer.get_by_role("img", name="Palm")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.press("+")
    expect(viewer.locator(".stage img")).to_have_attribute("style", re.compile(r"rotate\(90deg\) scale\(1\.4\)"))
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()


def test_a_photo_that_proves_broken_while_another_is_looked_at_is_counted_no_more(page: Page, server: Server) -> None:
    """The viewer was opened before the small picture of the last one could be found missing."""
    held: list[Route] = []
    page.route("**/files/none", lambda route: held.append(route))
    page.goto(server.url + "/tools")
    page.get_by_role("button", name="Show Palm in full").click()
    viewer = page.locator("dialog.viewer")
    expect(viewer.locator(".place")).to_have_text("2 of 3")
    expect(viewer.get_by_role("button", name="Next photo")).to_be_enabled()
    for one in held:
        one.abort()
    expect(viewer.locator(".place")).to_have_text("2 of 2")
    expect(viewer.get_by_role("button", name="Next photo")).to_be_disabled()


def test_a_missing_or_broken_photo_says_so_and_disturbs_no_other(page: Page, server: Server) -> None:
    page.goto(server.url + "/tools")
    expect(page.get_by_text("This photo could not be loaded.")).to_be_visible()
    expect(page.get_by_text("Kept at another host.")).to_be_visible()
    expect(page.get_by_role("button", name="Show Palm in full")).to_be_visible()


def test_the_one_main_button_is_gold_with_text_that_is_read(page: Page, server: Server) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(server.url + "/tools")
        button = page.get_by_role("button", name="Primary")
        expect(button).to_have_css("background-color", "rgb(232, 168, 56)")
        expect(button).to_have_css("color", "rgb(12, 18, 37)")
        expect(button.get_by_text("Primary")).to_have_css("color", "rgb(12, 18, 37)")


def test_none_of_streamlits_own_furniture_is_seen(page: Page, server: Server) -> None:
    open_list(page, server)
    expect(page.get_by_text("Deploy")).to_have_count(0)
    expect(page.get_by_test_id("stMainMenu")).to_have_count(0)
