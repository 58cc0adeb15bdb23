"""Filters whose choice lives in the address, as plain values that mean the same in every language.

Streamlit's own binding writes the label that the person reads, which another language does not know; here
the value itself is written (``?status=PAID&level=2``). The widgets show and write the
address; ``dashboard.filters`` reads it.
"""

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.locale import _

Value = TypeVar("Value")
Enum = TypeVar("Enum", bound=StrEnum)
Word = TypeVar("Word", bound=str)


def row(weights: Sequence[float]) -> Sequence[DeltaGenerator]:
    """A column for each filter of a list; where the window is narrow they stand by twos."""
    with st.container(key="filters"):
        return st.columns(weights, vertical_alignment="bottom")


def _seed(key: str, param: str, parse: Callable[[list[str]], Any]) -> None:
    raw = st.query_params.get_all(param)
    mark = f"{key}~address"
    if key not in st.session_state or st.session_state.get(mark) != raw:
        value = parse(raw)
        # An empty choice is the widget's own default: setting it too makes Streamlit warn at every run.
        if value or key in st.session_state:
            st.session_state[key] = value
    st.session_state[mark] = raw


def _writer(key: str, param: str, show: Callable[[Any], list[str]]) -> Callable[[], None]:
    def write() -> None:
        values = show(st.session_state[key])
        st.session_state[f"{key}~address"] = values
        if values:
            st.query_params[param] = values
        else:
            st.query_params.pop(param, None)
        # A page of the old list means nothing in the new one.
        st.query_params.pop("from", None)

    return write


def tabs(param: str, options: Sequence[Word], *, default: Word, names: Callable[[Word], str], label: str) -> Word:
    """One of several parts of a screen, always one chosen."""
    key = f"{param}.choice"
    known = {str(option): option for option in options}
    _seed(key, param, lambda raw: next((known[v] for v in raw if v in known), default))
    chosen = st.segmented_control(
        label,
        options,
        format_func=names,
        key=key,
        required=True,
        label_visibility="collapsed",
        on_change=_writer(key, param, lambda v: [str(v)] if v and v != default else []),
    )
    return chosen or default


def pick(param: str, options: Sequence[Value], *, default: Value, names: Callable[[Value], str], label: str) -> Value:
    """One of a list, always one chosen; the ``default`` is not written into the address."""
    key = f"{param}.choice"
    known = {str(option): option for option in options}
    _seed(key, param, lambda raw: next((known[v] for v in raw if v in known), default))
    chosen = st.selectbox(
        label,
        options,
        format_func=names,
        key=key,
        on_change=_writer(key, param, lambda v: [str(v)] if v != default else []),
    )
    return default if chosen is None else chosen


def period(
    param: str, presets: Sequence[Enum], *, present: tuple[date, date], default: Enum, names: Callable[[Enum], str]
) -> None:
    """A span of days by its name, or by its own days, which are offered then; ``present`` is what is shown now."""
    key, own = f"{param}.choice", f"{param}.days"
    kind, chosen_days = type(default), _parse_days(st.query_params.get_all(param))
    named = next((kind(v) for v in st.query_params.get_all(param) if v in presets), None if chosen_days else default)
    _seed(key, param, lambda _raw: named.value if named else own)

    def show(value: str) -> list[str]:
        if value == own:
            return ["..".join(day.isoformat() for day in present)]
        return [value] if value != default.value else []

    st.selectbox(
        _("Period"),
        [*(preset.value for preset in presets), own],
        format_func=lambda value: _("Own dates") if value == own else names(kind(value)),
        key=key,
        on_change=_writer(key, param, show),
        width=176,
    )
    if named is None:
        _seed(own, param, _parse_days)
        st.date_input(
            _("Own dates"),
            value=[],
            key=own,
            format="DD/MM/YYYY",
            width=264,
            on_change=_writer(own, param, lambda v: ["..".join(d.isoformat() for d in v)] if v else []),
        )


def one(
    param: str, options: Sequence[Value], *, names: Callable[[Value], str], label: str, parse: Callable[[str], Value]
) -> Value | None:
    """One value or none of a short list."""
    key = f"{param}.choice"
    _seed(key, param, lambda raw: next((v for v in _parsed(raw, parse) if v in options), None))
    return st.selectbox(
        label,
        options,
        index=None,
        format_func=names,
        key=key,
        placeholder=_("All"),
        on_change=_writer(key, param, lambda v: [] if v is None else [str(v)]),
    )


def several(
    param: str,
    options: Sequence[Value],
    *,
    names: Callable[[Value], str],
    label: str,
    parse: Callable[[str], Value],
    none: str | None = None,
) -> tuple[Value, ...]:
    """Any number of values of a list; none chosen means all, or what ``none`` says."""
    key = f"{param}.choice"
    _seed(key, param, lambda raw: [v for v in _parsed(raw, parse) if v in options])
    chosen = st.multiselect(
        label,
        options,
        format_func=names,
        key=key,
        placeholder=none or _("All"),
        on_change=_writer(key, param, lambda v: [str(getattr(x, "value", x)) for x in v]),
    )
    return tuple(chosen)


def words(
    param: str, options: Sequence[str], *, names: Callable[[str], str] = str, label: str, hint: str | None = None
) -> tuple[str, ...]:
    """Any number of words; those that the address names are offered too, whatever is in use today."""
    key = f"{param}.choice"
    chosen = [word for word in st.query_params.get_all(param) if word.strip()]
    _seed(key, param, lambda raw: [word for word in raw if word.strip()])
    return tuple(
        st.multiselect(
            label,
            list(dict.fromkeys([*options, *chosen])),
            format_func=names,
            key=key,
            help=hint,
            placeholder=_("All"),
            on_change=_writer(key, param, list),
        )
    )


def yes_or_no(param: str, *, label: str, yes: str, no: str) -> bool | None:
    """A fact that holds or does not, or either."""
    names = {"1": yes, "0": no}
    found = one(param, ["1", "0"], names=lambda value: names[value], label=label, parse=str)
    return None if found is None else found == "1"


def count(param: str, *, label: str) -> int | None:
    """A whole number, not negative."""
    key = f"{param}.choice"
    _seed(key, param, _parse_count)
    return st.number_input(
        label,
        min_value=0,
        max_value=1_000_000,
        value=None,
        step=1,
        key=key,
        on_change=_writer(key, param, lambda v: [] if v is None else [str(v)]),
    )


def switch(param: str, *, label: str, hint: str | None = None) -> bool:
    """A narrowing that is on or off."""
    key = f"{param}.choice"
    _seed(key, param, lambda raw: raw == ["1"])
    return st.toggle(label, key=key, help=hint, on_change=_writer(key, param, lambda v: ["1"] if v else []))


def text(param: str, *, label: str, placeholder: str = "", key: str | None = None, search: bool = True) -> str:
    """A free text, sent on Enter or when the field is left."""
    key = key or f"{param}.choice"
    _seed(key, param, lambda raw: raw[0] if raw else "")
    typed = st.text_input(
        label,
        key=key,
        placeholder=placeholder,
        type="search" if search else "default",
        on_change=_writer(key, param, lambda v: [v.strip()] if v and v.strip() else []),
    )
    return (typed or "").strip()


def days(param: str, *, label: str) -> tuple[date | None, date | None]:
    """A span of days, both ends included; while only one end is chosen, that day alone."""
    key = f"{param}.choice"
    _seed(key, param, _parse_days)
    chosen = st.date_input(
        label,
        value=[],
        key=key,
        format="DD/MM/YYYY",
        on_change=_writer(key, param, lambda v: ["..".join(d.isoformat() for d in v)] if v else []),
    )
    found = tuple(chosen) if isinstance(chosen, tuple) else (chosen,)
    ends = [d for d in found if isinstance(d, date)]
    return (ends[0], ends[-1]) if ends else (None, None)


def amount(param: str, *, label: str) -> int | None:
    """An amount typed in units of its currency, returned in cents."""
    key = f"{param}.choice"
    _seed(key, param, _parse_amount)
    typed = st.number_input(
        label,
        min_value=0.0,
        max_value=1_000_000.0,
        value=None,
        step=1.0,
        format="%.2f",
        key=key,
        on_change=_writer(key, param, lambda v: [] if v is None else [f"{v:.2f}"]),
    )
    return None if typed is None else round(typed * 100)


def _parsed(raw: list[str], parse: Callable[[str], Value]) -> list[Value]:
    found = []
    for part in raw:
        try:
            found.append(parse(part))
        except (ValueError, KeyError):
            # Somebody's old or hand-made address: what it says is not one of our values.
            continue
    return found


def _parse_days(raw: list[str]) -> tuple[date, ...]:
    parts = raw[0].split("..")[:2] if raw else []
    return tuple(sorted(_parsed(parts, date.fromisoformat)))


def _parse_count(raw: list[str]) -> int | None:
    found = [value for value in _parsed(raw[:1], int) if 0 <= value <= 1_000_000]
    return found[0] if found else None


def _parse_amount(raw: list[str]) -> float | None:
    found = [value for value in _parsed(raw[:1], float) if 0 <= value <= 1_000_000]
    return found[0] if found else None
