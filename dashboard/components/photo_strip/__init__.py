"""Thumbnails of an order's photos, and a viewer for looking closely.

    photo_strip([Photo("f1", _("Face"), thumb_url="/files/…", full_url="/files/…")], key="order.photos")

In the viewer: wheel or buttons zoom, dragging moves, R turns by 90°, arrows go on, Escape closes. A photo that is
missing or broken shows as a tile that says so; the others are not disturbed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from dashboard.components.assets import register
from dashboard.locale import _

_render = register("photo_strip")


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo by addresses of our own. With `missing_reason` nothing is fetched and the reason shows instead.

    `link` opens in another tab, from the viewer or from the tile of a missing photo. A photo with a `link` and no
    addresses and no reason is a document, such as a PDF.
    """

    id: str
    label: str
    thumb_url: str
    full_url: str
    missing_reason: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class PhotoLabels:
    """The viewer's words, in the person's language. Braces are filled in the browser."""

    strip: str = field(default_factory=lambda: _("Photos"))
    show: str = field(default_factory=lambda: _("Show {label} in full"))
    broken: str = field(default_factory=lambda: _("This photo could not be loaded."))
    loading: str = field(default_factory=lambda: _("Loading…"))
    place: str = field(default_factory=lambda: _("{number} of {total}"))
    close: str = field(default_factory=lambda: _("Close"))
    previous: str = field(default_factory=lambda: _("Previous photo"))
    next: str = field(default_factory=lambda: _("Next photo"))
    zoom_in: str = field(default_factory=lambda: _("Zoom in"))
    zoom_out: str = field(default_factory=lambda: _("Zoom out"))
    fit: str = field(default_factory=lambda: _("Whole photo"))
    rotate: str = field(default_factory=lambda: _("Turn by 90°"))
    open: str = field(default_factory=lambda: _("Open in another tab"))


def photo_strip(photos: Sequence[Photo], *, key: str, size: int = 104, labels: PhotoLabels | None = None) -> None:
    """Draw the strip; `size` is a thumbnail's height in pixels. Python hears nothing of what is looked at."""
    _render(
        key=key,
        data={
            "photos": [asdict(photo) for photo in photos],
            "size": size,
            "labels": asdict(labels or PhotoLabels()),
        },
    )
