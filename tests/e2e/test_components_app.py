"""A small Streamlit app around the components, run as a child process by test_components.py. Holds no tests.

What a database would hold is one JSON file, named by COMPONENTS_STORE, so that it outlives the process.
"""

import json
import os
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components.copyable import copyable
from dashboard.components.editor import (
    DraftEdit,
    EditorField,
    EditorLabels,
    Finding,
    Outcome,
    Refused,
    Stored,
    reading_editor,
)
from dashboard.components.hotkeys import Shortcut, hotkeys
from dashboard.components.photo_strip import Photo, photo_strip
from dashboard.components.table import (
    Badge,
    Column,
    EmptyState,
    Flag,
    Flags,
    Link,
    Person,
    Row,
    Sort,
    Text,
    Time,
    table,
)
from dashboard.locale import set_language
from tests.e2e import kept_json

HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
NAMES = ["Camille d'Aboville", HOSTILE, "فاطمة الزهراء بن علي", "שרה לוי", "🌙 Luna ✨", "Jean-Baptiste " * 9]
COLUMNS = [
    Column("number", "Order", "link", width=11, sortable=True),
    Column("client", "Client", width=14),
    Column("level", "Level", "badge", width=9),
    Column("waited", "Waited", "time", width=8, sortable=True, first="desc"),
    Column("holder", "Holder", "person", width=9, priority=2),
    Column("flags", "Flags", "flags", width=6, priority=3),
]
SPECK = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
LONG = "Tu avances avec cette lampe que personne ne t'a apprise à tenir. " * 30


START: dict[str, Any] = {
    "version": 1,
    "texts": {"intro": "Hello", "title": "Lamp", "body": LONG, "keys": "one\ntwo", "end": "Bye"},
    "draft": {},
    "number": 0,
    "at": "",
}


def remembered() -> dict[str, Any]:
    return START | kept_json.read(Path(os.environ["COMPONENTS_STORE"]))


def remember(**changes: object) -> None:
    kept_json.change(Path(os.environ["COMPONENTS_STORE"]), changes, start=START)


def number_of(row_id: str) -> str:
    return f"LU260130-{row_id}"


def list_page() -> None:
    sort = st.session_state.get("sort", Sort("number"))
    numbers = sorted((f"{n:03d}" for n in range(30)), reverse=sort.direction == "desc")
    rows = [
        Row(
            number,
            (
                Link(number_of(number), mono=True, copy=True),
                Text(NAMES[int(number) % len(NAMES)], sub="a@example.org", strong=True),
                Badge("Mystique", "level2", "level2"),
                Time("3 hours ago", "Monday 2 February 2026, 11:21", "danger", "clock"),
                Person("Élodie Brûlé", me=True),
                Flags([Flag("ban", "This client is banned", "danger")]),
            ),
            href=f"/order?id={number}",
        )
        for number in numbers
    ]
    result = table(
        rows,
        COLUMNS,
        key="list",
        label="Orders",
        empty=EmptyState("Nothing waits"),
        sort=sort,
        selectable=True,
        on_open=lambda row: st.switch_page(ORDER, query_params={"id": row}),
        on_sort=lambda chosen: st.session_state.update(sort=chosen),
    )
    st.text(f"sorted by {sort.column} {sort.direction}")
    st.text(f"selected {', '.join(result.selected) or 'none'}")
    st.text_input("Search", key="search.box")
    pressed = hotkeys(
        {"g": "go", "shift+a": "approve"}, key="keys", help_lines=[Shortcut("Shift A", "Approve the reading")]
    )
    st.text(f"pressed {pressed}")
    if st.button("Shortcut of Streamlit", shortcut="V"):
        st.text("streamlit's own shortcut")


def order_page() -> None:
    st.text(f"order {st.query_params['id']}")
    st.page_link(LIST, label="Back to the list")


def editor_page() -> None:
    runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
    kept = remembered()
    texts = kept["texts"]
    reading_editor(
        [
            EditorField("intro", "introduction", "Introduction", "Introduction", "text", texts["intro"]),
            EditorField("title", "section-0", "Work", "Title", "line", texts["title"]),
            EditorField("body", "section-0", "Work", "Text", "text", texts["body"]),
            EditorField("keys", "synthesis", "Synthesis", "Keywords", "lines", texts["keys"]),
            EditorField("end", "conclusion", "Conclusion", "Conclusion", "text", texts["end"]),
        ],
        key="reading",
        labels=EditorLabels(),
        seen=str(kept["version"]),
        storage="staff1.order1",
        draft=kept["draft"],
        draft_number=kept["number"],
        draft_at=kept["at"],
        read_only="read_only" in st.query_params or bool(kept.get("taken")),
        findings_by_path={"end": [Finding("Too short.")]},
        other=[("mandalaSvg", HOSTILE)],
        note=f"Version {kept['version']} is saved",
        on_draft=on_draft,
        on_save=on_save,
    )
    st.text(f"run {runs}")
    st.text(f"stored {json.dumps(remembered()['draft'], ensure_ascii=False)}")
    st.button("Run again")
    st.text_input("Elsewhere")
    if st.button("Approve"):
        st.text(f"approved with {json.dumps(remembered()['draft'], ensure_ascii=False)}")


def on_draft(edit: DraftEdit) -> Outcome:
    if "REFUSED" in edit.texts.get("intro", ""):
        return Refused("Marie holds this order.")
    remember(draft=dict(edit.texts), number=edit.number, at="14:03")
    return Stored("14:03")


def on_save(edit: DraftEdit) -> Outcome:
    kept = remembered()
    if edit.seen != str(kept["version"]):
        return Refused("Somebody saved this reading since you opened it.")
    texts, version = kept["texts"], kept["version"]
    remember(texts=texts | dict(edit.texts), version=version + 1, draft={})
    return Stored("14:04")


def tools_page() -> None:
    photo_strip(
        [
            Photo("a", "Face", SPECK, SPECK),
            Photo("b", "Palm", SPECK, SPECK),
            Photo("c", "Broken", "/files/none", "/files/none"),
            Photo("d", "Elsewhere", "", "", missing_reason="Kept at another host."),
        ],
        key="photos",
    )
    copyable("LU260130-001", key="copy")
    st.button("Primary", type="primary")


LOOK = Path(__file__).parents[2] / "dashboard" / "web" / "static" / "screens.css"
LIST = st.Page(list_page, title="List", url_path="list", default=True)
ORDER = st.Page(order_page, title="Order", url_path="order")
EDITOR = st.Page(editor_page, title="Editor", url_path="editor")
TOOLS = st.Page(tools_page, title="Tools", url_path="tools")


def main() -> None:
    st.set_page_config(page_title="Components", page_icon="🌙", layout="wide")
    set_language("en")
    st.html(f"<style>{LOOK.read_text(encoding='utf-8')}</style>")
    st.navigation([LIST, ORDER, EDITOR, TOOLS]).run()


if __name__ == "__main__":
    main()
