"""Photos of faces and palms, drawn by the program: soft abstract pictures in every format that clients send."""

import base64
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from PIL import Image, ImageDraw

_CANVAS = (600, 800)
_BACKGROUNDS = ("#dfe6ee", "#f1e3d3", "#d9e4dc", "#e6dcea", "#c9d3df", "#efe6c8", "#2b3350", "#4a3d52")
_SKINS = ("#f3d3bd", "#e5b795", "#c98f6b", "#9c6a4a", "#70452f", "#f7dfd0", "#d7a17c")
_HAIRS = ("#2a1d17", "#5b3a22", "#8d6233", "#c8a15a", "#1b1b22", "#7a2f22", "#b9b4ae")
_CLOTHES = ("#3f5d7d", "#8a4f5f", "#56724f", "#c08a3e", "#5a4a78", "#2f3b45")
_ORIENTATION = 0x0112
# How to turn an upright picture so that a viewer who obeys the tag sees it upright again.
_TURNS = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270, 3: Image.Transpose.ROTATE_180}
_BIG_BASE64 = 3_900_000  # bytes of the picture; base64 makes five megabytes of it

FACES, PALMS = "face", "palm"
BROKEN, MISSING = "broken", "missing"
"""Of a photo that cannot be read, and of one whose object is not in the bucket."""


@dataclass(frozen=True, slots=True)
class Photo:
    """An object of the bucket; ``data`` is empty where only the row exists."""

    key: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(slots=True)
class PhotoAlbum:
    """A few dozen different pictures, shared by the orders, and the base64 ones of the profiles."""

    faces: list[Photo]
    palms: list[Photo]
    odd: dict[str, Photo]
    inline: list[str]
    bucket: str

    def stored(self) -> Iterator[Photo]:
        """What belongs into the bucket."""
        for photo in (*self.faces, *self.palms, *self.odd.values()):
            if photo.data:
                yield photo

    def pick(self, kind: str, number: int) -> Photo:
        """One of the faces or palms."""
        photos = self.faces if kind == FACES else self.palms
        return photos[number % len(photos)]

    def address(self, photo: Photo) -> str:
        """The https address that the platform writes for an object of its bucket."""
        return f"https://{self.bucket}.s3.eu-west-3.amazonaws.com/{photo.key}"

    def profile_photos(self, rng: Random, index: int, wish: str | None) -> tuple[str | None, str | None]:
        """What ``facePhotoUrl`` and ``palmPhotoUrl`` hold: an address, a key, base64, or nothing."""
        face, palm = self.pick(FACES, rng.randrange(1000)), self.pick(PALMS, rng.randrange(1000))
        if wish == "none" or (wish is None and index % 6 == 1):
            return None, None
        if wish == "huge":
            return self.inline[0], self.address(palm)
        if wish in self.odd:
            return self.odd[wish].key, self.address(palm)
        if wish == "inline" or index % 40 == 8:
            return self.inline[1 + index % (len(self.inline) - 1)], palm.key
        return (face.key, palm.key) if index % 3 == 0 else (self.address(face), self.address(palm))


def make_album(rng: Random, *, faces: int = 18, palms: int = 14, bucket: str = "lumira-readings") -> PhotoAlbum:
    """Draw everything anew; the same ``rng`` draws the same."""
    drawn_faces = [_photo(rng, FACES, number) for number in range(faces)]
    drawn_palms = [_photo(rng, PALMS, number) for number in range(palms)]
    whole = drawn_faces[0]
    odd = {
        BROKEN: Photo("uploads/seed/broken.jpg", "image/jpeg", whole.data[: len(whole.data) * 2 // 5]),
        MISSING: Photo("uploads/seed/missing.jpg", "image/jpeg", b""),
    }
    small = [_data_url(_encode(_draw(rng, kind).resize((180, 240)), "JPEG")) for kind in (FACES, PALMS, FACES)]
    return PhotoAlbum(drawn_faces, drawn_palms, odd, [_data_url(_huge(rng)), *small], bucket)


def _photo(rng: Random, kind: str, number: int) -> Photo:
    picture = _draw(rng, kind)
    orientation = {1: 6, 4: 8, 8: 3}.get(number % 12)
    style, suffix = {2: ("PNG", "png"), 3: ("WEBP", "webp"), 6: ("HEIF", "heic")}.get(number % 11, ("JPEG", "jpg"))
    if orientation is not None:
        style, suffix, picture = "JPEG", "jpg", picture.transpose(_TURNS[orientation])
    content_type = {"jpg": "image/jpeg"}.get(suffix, f"image/{suffix}")
    data = _encode(picture, style, orientation)
    return Photo(f"uploads/seed/{kind}-{number + 1:02d}.{suffix}", content_type, data)


def _draw(rng: Random, kind: str) -> Image.Image:
    """A portrait, softened by being drawn larger than it is kept."""
    width, height = _CANVAS
    ground = Image.new("RGB", _CANVAS, rng.choice(_BACKGROUNDS))
    left, top = rng.randint(0, 100), rng.randint(0, 100)
    glow = Image.radial_gradient("L").resize(_CANVAS, box=(left, top, left + 150, top + 150))
    picture = Image.composite(ground.point(lambda value: int(value * 0.72)), ground, glow)
    paint = ImageDraw.Draw(picture)
    _draw_face(rng, paint) if kind == FACES else _draw_palm(rng, paint)
    return picture.resize((width * 3 // 4, height * 3 // 4), Image.Resampling.BICUBIC)


def _draw_face(rng: Random, paint: Any) -> None:
    skin, hair, clothes = rng.choice(_SKINS), rng.choice(_HAIRS), rng.choice(_CLOTHES)
    x, y = 300 + rng.randint(-25, 25), 360 + rng.randint(-30, 20)
    wide, tall = rng.randint(125, 150), rng.randint(170, 195)
    length = rng.randint(40, 330)
    paint.rounded_rectangle((x - wide - 45, y - tall - 50, x + wide + 45, y + length), radius=150, fill=hair)
    paint.ellipse((x - 260, y + 250, x + 260, y + 760), fill=clothes)
    paint.rounded_rectangle((x - 58, y + 90, x + 58, y + 290), radius=50, fill=skin)
    paint.ellipse((x - wide, y - tall, x + wide, y + tall), fill=skin)
    paint.pieslice((x - wide - 12, y - tall - 25, x + wide + 12, y + 40), 185, 355, fill=hair)
    iris = rng.choice(("#3d5a4c", "#4a3526", "#4b6a8c"))
    for side in (-1, 1):
        eye = x + side * 58
        paint.ellipse((eye - 20, y - 18, eye + 20, y + 6), fill="#fbfaf7")
        paint.ellipse((eye - 9, y - 16, eye + 9, y + 4), fill=iris)
        paint.arc((eye - 30, y - 52, eye + 30, y - 12), 200, 340, fill=hair, width=7)
    paint.arc((x - 22, y + 10, x + 22, y + 72), 40, 140, fill="#7d4a38", width=5)
    paint.chord((x - 44, y + 84, x + 44, y + 126), 10, 170, fill="#b5524f")


def _draw_palm(rng: Random, paint: Any) -> None:
    skin = rng.choice(_SKINS)
    x, y, wide = 300 + rng.randint(-20, 20), 520 + rng.randint(-20, 20), rng.randint(140, 160)
    paint.rounded_rectangle((x - wide, y - 150, x + wide, y + 190), radius=90, fill=skin)
    paint.rounded_rectangle((x - wide + 40, y + 120, x + wide - 40, 820), radius=60, fill=skin)
    for number, length in enumerate((215, 265, 245, 180)):
        finger = x - wide + 36 + number * (2 * wide - 72) / 3
        tilt = (number - 1.5) * 0.09
        tip = (finger + math.sin(tilt) * length, y - 120 - math.cos(tilt) * length)
        paint.line((finger, y - 90, *tip), fill=skin, width=62)
        paint.ellipse((tip[0] - 31, tip[1] - 31, tip[0] + 31, tip[1] + 31), fill=skin)
    paint.line((x + wide - 30, y + 90, x + wide + 110, y - 70), fill=skin, width=74)
    paint.ellipse((x + wide + 73, y - 107, x + wide + 147, y - 33), fill=skin)
    dark = "#8a5a44"
    shift = rng.randint(-15, 15)
    paint.arc((x - wide + 10, y - 190 + shift, x + wide + 40, y + 20 + shift), 20, 165, fill=dark, width=7)
    paint.arc((x - wide - 60, y - 110 + shift, x + wide - 20, y + 60 + shift), 330, 80, fill=dark, width=7)
    paint.arc((x + 10 + shift, y - 70, x + 2 * wide + shift, y + 260), 120, 235, fill=dark, width=8)


def _encode(picture: Image.Image, style: str, orientation: int | None = None) -> bytes:
    if style == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    options: dict[str, Any] = {} if style == "PNG" else {"quality": 82}
    if style == "HEIF":
        options["enc_params"] = {"preset": "ultrafast"}
    if orientation is not None:
        exif = Image.Exif()
        exif[_ORIENTATION] = orientation
        options["exif"] = exif
    target = io.BytesIO()
    picture.save(target, style, **options)
    return target.getvalue()


def _huge(rng: Random) -> bytes:
    """A picture of millions of bytes, as a telephone takes it: here by the noise after its end marker."""
    picture = _encode(_draw(rng, FACES), "JPEG")
    return picture + rng.randbytes(_BIG_BASE64 - len(picture))


def _data_url(data: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}"
