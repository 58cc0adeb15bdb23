"""An identifier in a monospaced face with a button that copies it."""

from __future__ import annotations

from dashboard.components.assets import register
from dashboard.locale import _

_render = register("copyable")


def copyable(text: str, *, key: str, label: str = "") -> None:
    """Show `text` (with a muted `label` before it, if any) and copy it on a click; Python hears nothing of it."""
    _render(
        key=key,
        width="content",
        data={"text": text, "label": label, "labels": {"copy": _("Copy"), "copied": _("Copied")}},
    )
