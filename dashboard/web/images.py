"""Photos made fit to look at: turned upright, stripped of what they tell beside the picture, made small."""

import base64
import binascii
import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from threading import Lock

from PIL import Image, ImageOps, UnidentifiedImageError

from dashboard.files import Variant

LARGEST_FILE = 30 * 1024 * 1024
LARGEST_PICTURE = 40_000_000
"""Pixels held in memory at once: 120 MB. Larger JPEGs are read at a fraction of their size."""

THUMB, FULL = 320, 2400
_QUALITY = {"thumb": 80, "full": 88}
_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
# MPO is what Pillow calls a JPEG that carries further pictures, as telephones make them.
_TYPES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}
_MIME = re.compile(r"[^,]{1,200},")


class BrokenImage(Exception):
    """The bytes are no picture of a kind that we show."""


class ImageTooLarge(Exception):
    """The file or the picture in it is larger than anything a client would send."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready to be sent."""

    body: bytes
    content_type: str


def render(data: bytes, variant: Variant) -> Picture:
    """The picture of the file in this variant. Raises ``BrokenImage``, ``ImageTooLarge``.

    ``original`` gives the bytes as they came, once they were found to be a picture.
    """
    if len(data) > LARGEST_FILE:
        raise ImageTooLarge
    _register_heif()
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as opened:
            if variant == "original":
                opened.verify()
                return Picture(data, _TYPES[opened.format or "JPEG"])
            return _shrunk(opened, THUMB if variant == "thumb" else FULL, _QUALITY[variant])
    except Image.DecompressionBombError:
        raise ImageTooLarge from None
    # Pillow and its decoders report damage by whatever exception the damaged place happens to cause.
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, RuntimeError) as error:
        raise BrokenImage from error


def decode_data_url(value: str) -> bytes:
    """The bytes of a base64 data URL. Raises ``BrokenImage``, ``ImageTooLarge``."""
    if len(value) > LARGEST_FILE * 4 // 3 + 1000:
        raise ImageTooLarge
    start = _MIME.match(value.lstrip())
    if start is None:
        raise BrokenImage
    text = "".join(value.lstrip()[start.end() :].split())
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BrokenImage from error


def _shrunk(opened: Image.Image, edge: int, quality: int) -> Picture:
    # A JPEG is decoded at the nearest fraction of its size; other formats ignore this.
    opened.draft("RGB", (edge, edge))
    if opened.width * opened.height > LARGEST_PICTURE:
        raise ImageTooLarge
    upright = ImageOps.exif_transpose(opened)
    profile = upright.info.get("icc_profile") if upright.mode == "RGB" else None
    picture = _flat(upright)
    picture.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    out = BytesIO()
    # A new file: the colours' profile is all that is taken over; place, camera and names stay behind.
    picture.save(out, "JPEG", quality=quality, progressive=edge > THUMB, optimize=True, icc_profile=profile, exif=b"")
    return Picture(out.getvalue(), "image/jpeg")


def _flat(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    paper = Image.new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    return paper


@lru_cache(maxsize=1)
def _register_heif() -> None:
    # Late: most processes never meet a HEIC file.
    from pillow_heif import register_heif_opener

    register_heif_opener()


class PictureCache:
    """The pictures used last, up to a number of bytes. Safe between threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = Lock()
        self._held = 0
        self._kept: OrderedDict[str, Picture] = OrderedDict()

    def get(self, key: str) -> Picture | None:
        """The picture kept under the key."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def put(self, key: str, picture: Picture) -> None:
        """Keep a picture; those unused for longest make room."""
        if len(picture.body) > self._limit // 4:
            return
        with self._lock:
            old = self._kept.pop(key, None)
            self._held += len(picture.body) - (len(old.body) if old else 0)
            self._kept[key] = picture
            while self._held > self._limit:
                _, dropped = self._kept.popitem(last=False)
                self._held -= len(dropped.body)
