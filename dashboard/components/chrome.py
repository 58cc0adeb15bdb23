"""The few rules of look that Streamlit's theme has no option for."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_STYLE = f"<style>{Path(__file__).with_name('chrome.css').read_text(encoding='utf-8')}</style>"


def apply_chrome() -> None:
    """Put the Desk's own style rules on the page; the app's entry calls it once in every run."""
    st.html(_STYLE)
