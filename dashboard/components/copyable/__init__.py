"""An identifier with a button that copies it, and the ways that begin with it: a call, a mail, a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from dashboard.components.assets import register
from dashboard.locale import _

_render = register("copyable")


@dataclass(frozen=True, slots=True)
class Way:
    """A link beside the text: ``icon`` as in tones.py, ``label`` is its tooltip."""

    label: str
    href: str
    icon: str


def copyable(
    text: str,
    *,
    key: str,
    label: str = "",
    shown: str = "",
    href: str = "",
    plain: bool = False,
    ways: Sequence[Way] = (),
) -> None:
    """Show `text` (with a muted `label` before it, if any) and copy it on a click; Python hears nothing of it.

    `shown` stands there in place of what is copied. With `href` it is a link; `plain` is the running face.
    """
    _render(
        key=key,
        width="content",
        data={
            "text": text,
            "shown": shown or text,
            "label": label,
            "href": href,
            "plain": plain,
            "ways": [asdict(way) for way in ways],
            "labels": {"copy": _("Copy"), "copied": _("Copied")},
        },
    )
