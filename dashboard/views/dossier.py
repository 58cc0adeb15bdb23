"""The dossier: the client's own words, beside the reading that answers them. Shown as text, never as markup."""

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard.components.photo_strip import Photo, photo_strip
from dashboard.locale import _
from dashboard.views.clients import orders
from dashboard.views.facts import Group, facts, spelled_day
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
    """Question, objective, photos, birth, life, earlier orders; the order's own form before the profile."""
    known = _facts(bench.profile, bench.form_data)
    question = _word(known, "specific_question") or _("No question was asked.")
    facts([Group(_("Question"), [("", question)]), Group(_("Objective"), [("", _word(known, "objective"))])])
    if photos:
        photo_strip(photos, key="order.photos")
    else:
        st.caption(":material/no_photography: " + _("No photo came with this order."))
    facts(
        [
            Group(_("Birth"), [(_(name), _word(known, key)) for key, name in _BIRTH]),
            Group(_("Life"), [(_(name), _word(known, key)) for key, name in _LIFE]),
            Group(_("Last instructions to the generator"), [("", bench.instructions or "")]),
        ]
    )
    others = _others(bench.form_data, bench.client_inputs)
    if others:
        with st.expander(_("Other data of the order")):
            st.code(others, language="json", wrap_lines=True)
    if earlier:
        with st.expander(_("Earlier orders"), expanded=True):
            orders(tuple(earlier), key="order.earlier")


def _facts(profile: ProfileFacts | None, form: Any) -> dict[str, Any]:
    found = {name: getattr(profile, name) for name in ProfileFacts.__dataclass_fields__} if profile else {}
    given = form if isinstance(form, dict) else {}
    return found | {ours: given[theirs] for theirs, ours in _FORM.items() if given.get(theirs)}


def _word(known: dict[str, Any], key: str) -> str:
    value = known.get(key)
    written = "" if value is None else str(value).strip()
    return spelled_day(written) if key == "birth_date" else written


def _others(form: Any, inputs: Any) -> str:
    """What the order carries besides what is shown above, as indented JSON; empty when there is nothing."""
    rest = {k: v for k, v in form.items() if k not in _FORM} if isinstance(form, dict) else form
    parts = {"formData": rest, "clientInputs": inputs}
    filled = {name: value for name, value in parts.items() if value not in (None, {}, [], "")}
    return json.dumps(filled, ensure_ascii=False, indent=1)[:20_000] if filled else ""
