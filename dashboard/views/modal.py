"""A dialog that knows who is at it: what is typed there runs it again alone, without the page that asked."""

from collections.abc import Callable
from functools import wraps
from typing import Literal

import streamlit as st

from dashboard.here import here
from dashboard.views.cells import plain


def modal(
    title: str, *, width: Literal["small", "large"] = "small", on_dismiss: Literal["ignore", "rerun"] = "ignore"
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """As ``st.dialog``, in the person's language, and for nobody who is signed out."""

    def wrap(body: Callable[[], None]) -> Callable[[], None]:
        @wraps(body)
        def known() -> None:
            here()
            body()

        return st.dialog(plain(title), width=width, on_dismiss=on_dismiss)(known)

    return wrap
