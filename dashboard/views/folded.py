"""What is folded away behind a button, and drawn only while it is open: a dozen filters that nobody looks at would
otherwise cost every click on the screen as much as its list."""

import streamlit as st
from streamlit.elements.lib.mutable_popover_container import PopoverContainer


def folded(name: str, *, key: str, icon: str) -> PopoverContainer:
    """A button that unfolds what is drawn inside; draw it when ``.open`` says so."""
    return st.popover(name, icon=icon, key=key, width="content", on_change="rerun")
