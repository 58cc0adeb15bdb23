"""The reading on screen: the editor, what the checks found, and what somebody else changed meanwhile."""

from collections.abc import Callable, Collection, Mapping, Sequence

import streamlit as st

from dashboard.components.editor import (
    DraftEdit,
    EditorLabels,
    Finding,
    Outcome,
    ReadingField,
    editor_fields,
    reading_editor,
)
from dashboard.context import zone
from dashboard.locale import _, ngettext, number
from dashboard.locale.labels import DOMAIN
from dashboard.views.cells import plain, reasons
from lumira_db.checks import Finding as Check
from lumira_db.enums import InsightCategory
from lumira_db.queries.workbench import Workbench
from lumira_db.reading import FIELD_LABELS, GROUP_LABELS, Reading, domain_key

_FIXED = frozenset({"domain", "day", "action_type"})


def editor(
    bench: Workbench,
    reading: Reading,
    checks: Sequence[Check],
    *,
    key: str,
    staff_id: str,
    editable: bool,
    on_draft: Callable[[DraftEdit], Outcome],
    on_save: Callable[[DraftEdit], Outcome],
) -> None:
    """The whole reading; editable while the person holds an order that is being validated."""
    if not reading.fields and not reading.unknown and not reading.lecture:
        st.info(_no_reading(bench), icon=":material/hourglass_empty:")
        return
    if reading.lecture:
        st.caption(_("This text was written in the earlier studio; it can be read, not edited here."))
        st.text(reading.lecture)
    draft = bench.draft
    reading_editor(
        editor_fields(
            reading.fields,
            group_title=group_title,
            field_label=lambda name: _(FIELD_LABELS.get(name, name)),
            block_title=block_title,
            fixed=_FIXED,
        ),
        key=key,
        labels=EditorLabels(),
        seen=bench.version,
        storage=f"{staff_id}.{bench.id}",
        draft=draft.edits if draft else None,
        draft_number=draft.sequence if draft else 0,
        draft_at=f"{draft.updated_at.astimezone(zone()):%H:%M}" if draft else "",
        read_only=not editable,
        findings_by_path=_by_path(checks),
        other=[(part.path, part.json) for part in reading.unknown],
        on_draft=on_draft,
        on_save=on_save,
    )


def summary(reading: Reading, checks: Sequence[Check]) -> None:
    """One line: how long the reading is, and what stands against its approval."""
    if not reading.words:
        return
    words = ngettext("{count} word", "{count} words", reading.words).format(count=number(reading.words))
    blocking = [check for check in checks if check.blocking]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(words)
        if blocking:
            text = ngettext("{count} thing blocks the approval", "{count} things block the approval", len(blocking))
            st.badge(text.format(count=len(blocking)), icon=":material/block:", color="red")
        if len(checks) > len(blocking):
            text = ngettext("{count} remark", "{count} remarks", len(checks) - len(blocking))
            st.badge(text.format(count=len(checks) - len(blocking)), icon=":material/lightbulb:", color="orange")
    for check in checks:
        if check.path is None:
            mark = ":material/block:" if check.blocking else ":material/lightbulb:"
            st.caption(f"{mark} {plain(check_text(check))}")


def conflicts(
    bench: Workbench, reading: Reading, resolve: Callable[[str, str, Collection[str], Collection[str]], None]
) -> None:
    """Fields that the person edited and somebody else changed meanwhile: the three texts, and the choice."""
    if bench.draft is None:
        return
    current = {field.path: field for field in reading.fields}
    for path, mine in bench.draft.edits.items():
        base, now = bench.draft.bases.get(path), current.get(path)
        theirs = now.value if now else None
        if theirs in (base, mine):
            continue
        with st.container(border=True, key=f"conflict-{path}"):
            name = f"{group_title(now)} · {_(FIELD_LABELS.get(now.label_key, now.label_key))}" if now else path
            st.warning(_("{field} was changed while you were editing it.").format(field=name), icon=":material/merge:")
            for title, words in ((_("Present text"), theirs), (_("Before"), base), (_("Yours"), mine)):
                st.caption(title)
                st.text(words if words is not None else _("(unknown)"))
            with st.container(horizontal=True):
                st.button(
                    _("Keep mine"), key=f"mine.{path}", on_click=resolve, args=(bench.id, bench.version, [path], [])
                )
                st.button(
                    _("Keep the present text"),
                    key=f"theirs.{path}",
                    on_click=resolve,
                    args=(bench.id, bench.version, [], [path]),
                )


def group_title(field: ReadingField) -> str:
    """The heading of a field's group: a section goes by its domain."""
    if field.group == "section":
        key = domain_key(field.domain)
        known = InsightCategory(key.upper()) if key and key.upper() in InsightCategory.__members__ else None
        return _(DOMAIN[known]) if known else field.domain or _("Section")
    return _(GROUP_LABELS[field.group])


def block_title(field: ReadingField) -> str:
    """The heading of one item of a list: a day, a ritual."""
    number = (field.position or 0) + 1
    template = {"timeline": _("Day {number}"), "ritual": _("Ritual {number}")}.get(field.group, "{number}")
    return template.format(number=number)


def check_text(check: Check) -> str:
    """A finding as a sentence."""
    return _(check.template).format(**check.facts)


def _by_path(checks: Sequence[Check]) -> Mapping[str, Sequence[Finding]]:
    found: dict[str, list[Finding]] = {}
    for check in checks:
        if check.path is not None:
            found.setdefault(check.path, []).append(
                Finding(check_text(check), "danger" if check.blocking else "warning")
            )
    return found


def _no_reading(bench: Workbench) -> str:
    if bench.error:
        return _("The production failed: {error}").format(error=reasons(bench.error))
    return _("There is no reading yet.")
