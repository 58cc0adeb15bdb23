"""Reads the files of a component and joins them with what all components share."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.bidi_component import ComponentResult

_HERE = Path(__file__).parent
_SHARED_SCRIPTS = ("icons.js", "dom.js")
_SHARED_STYLES = ("base.css",)


def register(folder: str) -> Callable[..., ComponentResult]:
    """Register the component whose scripts and `style.css` lie in `folder`; called once, at import.

    The scripts are joined in the order of their names, `index.js`, which exports the component, last.
    Streamlit sends a component's sources with every change of its data, so comments and indentation stay here.
    """
    own = _HERE / folder
    parts = sorted(own.glob("*.js"), key=lambda path: (path.name == "index.js", path.name))
    scripts = [_HERE / "shared" / name for name in _SHARED_SCRIPTS] + parts
    styles = [_HERE / "shared" / name for name in _SHARED_STYLES] + [own / "style.css"]
    mount = st.components.v2.component(
        f"lumira_{folder}",
        html='<div class="root"></div>\n<!-- filled by index.js -->',
        css=squeeze_css("\n".join(path.read_text(encoding="utf-8") for path in styles)),
        js=squeeze_js("\n".join(path.read_text(encoding="utf-8") for path in scripts)),
    )

    def render(*, data: dict[str, Any], **options: Any) -> ComponentResult:
        # In a list, because Streamlit searches each value of a mapping for data frames, at every run.
        return mount(data=[data], **options)

    return render


def squeeze_js(source: str) -> str:
    """Drop whole-line comments, indentation and empty lines.

    Lines stay lines, so nothing changes its meaning as long as no template literal spans several of them
    (tests/ui/test_components_assets.py holds the sources to that).
    """
    lines = (line.strip() for line in source.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def squeeze_css(source: str) -> str:
    """Drop comments, indentation and empty lines."""
    without_comments = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    lines = (line.strip() for line in without_comments.splitlines())
    return "\n".join(line for line in lines if line) + "\n"
