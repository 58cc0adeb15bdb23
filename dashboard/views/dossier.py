"""The dossier: the client's own words, beside the reading that answers them. Shown as text, never as markup."""

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.components.photo_strip import Photo, photo_strip
from dashboard.locale import _
from dashboard.views.clients import orders
from lumira_db.i18n_marker import N_
from lumira_db.queries.clients import ProfileFacts
from lumira_db.queries.orders import OrderRow
from lumira_db.queries.workbench import Workbench

_BIRTH = (("birth_date", N_("Date")), ("birth_time", N_("Time")), ("birth_place", N_("Place")))
_LIFE = (
    ("highs", N_("Highs")),
    ("lows", N_("Lows")),
    ("strong_side", N_("Strong side")),
    ("weak_side", N_("Weak side")),
    ("strong_zone", N_("Strong zone")),
    ("weak_zone", N_("Weak zone")),
    ("fears", N_("Fears")),
    ("ailments", N_("Ailments")),
    ("rituals", N_("Rituals")),
    ("delivery_style", N_("Preferred style")),
    ("pace", N_("Pace")),
)
# What the platform writes into an order's form, under the names of the profile.
_FORM = {
    "birthDate": "birth_date",
    "birthTime": "birth_time",
    "birthPlace": "birth_place",
    "specificQuestion": "specific_question",
    "objective": "objective",
}


def dossier(bench: Workbench, photos: Sequence[Photo], earlier: Sequence[OrderRow]) -> None:
    """Question, objective, birth, life, photos, earlier orders; the order's own form before the profile."""
    facts = _facts(bench.profile, bench.form_data)
    _words(_("Question"), facts.get("specific_question"), empty=_("No question was asked."))
    _words(_("Objective"), facts.get("objective"))
    if photos:
        photo_strip(photos, key="order.photos")
    else:
        st.info(_("No photo came with this order."), icon=":material/no_photography:")
    _table(_("Birth"), _BIRTH, facts)
    _table(_("Life"), _LIFE, facts)
    if bench.instructions:
        _words(_("Last instructions to the generator"), bench.instructions)
    others = _others(bench.form_data, bench.client_inputs)
    if others:
        with st.expander(_("Other data of the order")):
            st.code(others, language="json", wrap_lines=True)
    if earlier:
        with st.expander(_("Earlier orders"), expanded=False):
            orders(tuple(earlier), key="order.earlier")


def _facts(profile: ProfileFacts | None, form: Any) -> dict[str, Any]:
    found = {name: getattr(profile, name) for name in ProfileFacts.__dataclass_fields__} if profile else {}
    given = form if isinstance(form, dict) else {}
    return found | {ours: given[theirs] for theirs, ours in _FORM.items() if given.get(theirs)}


def _words(name: str, words: object, *, empty: str = "") -> None:
    """A text of the client's, as it was written."""
    if not words and not empty:
        return
    st.caption(name)
    st.text(str(words) if words else empty)


def _table(name: str, entries: Sequence[tuple[str, str]], facts: dict[str, Any]) -> None:
    shown = [(_(text), str(facts[key])) for key, text in entries if facts.get(key) not in (None, "")]
    if not shown:
        return
    st.caption(name)
    for title, value in shown:
        left, right = st.columns([1, 2], gap="small")
        left.caption(title)
        right.text(value)


def _others(form: Any, inputs: Any) -> str:
    """What the order carries besides what is shown above, as indented JSON; empty when there is nothing."""
    rest = {k: v for k, v in form.items() if k not in _FORM} if isinstance(form, dict) else form
    parts = {"formData": rest, "clientInputs": inputs}
    filled = {name: value for name, value in parts.items() if value not in (None, {}, [], "")}
    return json.dumps(filled, ensure_ascii=False, indent=1)[:20_000] if filled else ""
