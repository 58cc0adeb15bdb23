"""Photos: upright, small, without what they tell beside the picture; damage is said, never served."""

import base64
from io import BytesIO

import pytest
from PIL import Image
from pillow_heif import from_pillow

from dashboard.web import images
from dashboard.web.images import BrokenImage, ImageTooLarge, Picture, PictureCache, decode_data_url, render

ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825
UPRIGHT = (40, 80)


def halves(mode: str = "RGB") -> Image.Image:
    """A portrait: red above, blue below."""
    picture = Image.new("RGB", UPRIGHT, "blue")
    picture.paste("red", (0, 0, 40, 40))
    return picture.convert(mode)


def turned(orientation: int) -> bytes:
    """The portrait as a camera held another way stores it, with the hint how to turn it back."""
    stored = {
        1: [],
        3: [Image.Transpose.ROTATE_180],
        6: [Image.Transpose.ROTATE_90],
        8: [Image.Transpose.ROTATE_270],
        5: [Image.Transpose.TRANSPOSE],
    }[orientation]
    picture = halves()
    for step in stored:
        picture = picture.transpose(step)
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = orientation, "Camera of Camille"
    exif.get_ifd(GPS)[1] = "N"
    return encoded(picture, "JPEG", exif=exif)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def heic(picture: Image.Image) -> bytes:
    out = BytesIO()
    from_pillow(picture).save(out, format="HEIF", quality=90)
    return out.getvalue()


def shown(picture: Picture) -> Image.Image:
    assert picture.content_type == "image/jpeg"
    opened = Image.open(BytesIO(picture.body))
    opened.load()
    return opened


def is_red_above_blue(picture: Image.Image) -> bool:
    width, height = picture.size
    above = picture.convert("RGB").getpixel((width // 2, height // 4))
    below = picture.convert("RGB").getpixel((width // 2, 3 * height // 4))
    return above[0] > 150 > above[2] and below[2] > 150 > below[0]


@pytest.mark.parametrize("variant", ["thumb", "full"])
@pytest.mark.parametrize("orientation", [1, 3, 5, 6, 8])
def test_a_photo_is_shown_upright_however_the_camera_was_held(orientation: int, variant: str) -> None:
    picture = shown(render(turned(orientation), variant))
    assert picture.size == UPRIGHT
    assert is_red_above_blue(picture)


@pytest.mark.parametrize("variant", ["thumb", "full"])
def test_nothing_but_the_picture_is_passed_on(variant: str) -> None:
    assert b"Camera of Camille" in turned(6)
    made = render(turned(6), variant)
    assert b"Camera" not in made.body
    assert not shown(made).getexif()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG", "MPO", "HEIC"])
def test_every_kind_of_photo_becomes_a_jpeg(kind: str) -> None:
    # What telephones call a portrait is a JPEG with further pictures behind the first.
    more = {"save_all": True, "append_images": [Image.new("RGB", UPRIGHT)]} if kind == "MPO" else {}
    data = heic(halves()) if kind == "HEIC" else encoded(halves(), kind, **more)
    assert is_red_above_blue(shown(render(data, "full")))


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "LA", "RGBA"])
def test_every_kind_of_colour_becomes_a_jpeg(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert shown(render(encoded(halves(mode), kind), "thumb")).size == UPRIGHT


def test_what_is_transparent_is_shown_on_white() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    assert min(shown(render(encoded(clear, "PNG"), "thumb")).getpixel((10, 10))) > 250


def test_a_thumbnail_is_small_and_a_full_view_fits_a_screen() -> None:
    large = encoded(Image.linear_gradient("L").resize((3000, 4000)).convert("RGB"), "JPEG")
    thumb, full = render(large, "thumb"), render(large, "full")
    assert shown(thumb).size == (240, 320)
    assert shown(full).size == (1800, 2400)
    assert len(thumb.body) < 60_000


def test_a_small_photo_is_not_blown_up() -> None:
    assert shown(render(encoded(halves(), "PNG"), "full")).size == UPRIGHT


def test_the_colours_profile_is_kept() -> None:
    data = encoded(halves(), "JPEG", icc_profile=b"a profile of colours")
    assert shown(render(data, "full")).info["icc_profile"] == b"a profile of colours"


@pytest.mark.parametrize(
    ("kind", "content_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")]
)
def test_the_original_is_given_as_it_came_under_its_true_type(kind: str, content_type: str) -> None:
    data = encoded(halves(), kind)
    assert render(data, "original") == Picture(data, content_type)
    assert render(heic(halves()), "original").content_type == "image/heic"


@pytest.mark.parametrize("variant", ["thumb", "full", "original"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<html><script>alert(1)</script></html>",
        b"%PDF-1.7 nothing",
        b"\xff\xd8\xff\xe0broken",
        b"\x89PNG\r\n\x1a\nbroken",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic",
        encoded(halves(), "GIF"),
        encoded(halves(), "BMP"),
        encoded(halves(), "TIFF"),
    ],
)
def test_what_is_no_photo_is_said_to_be_broken(data: bytes, variant: str) -> None:
    with pytest.raises(BrokenImage):
        render(data, variant)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIC"])
def test_a_photo_cut_short_is_said_to_be_broken(kind: str) -> None:
    noise = Image.effect_noise((400, 400), 80).convert("RGB")
    data = heic(noise) if kind == "HEIC" else encoded(noise, kind)
    with pytest.raises(BrokenImage):
        render(data[: len(data) // 2], "thumb")


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "LARGEST_PICTURE", 1_000_000)
    bomb = encoded(Image.new("1", (1100, 1000)), "PNG")
    assert len(bomb) < 2_000
    with pytest.raises(ImageTooLarge):
        render(bomb, "thumb")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    with pytest.raises(ImageTooLarge):
        render(bomb, "thumb")


def test_a_huge_jpeg_is_read_at_a_fraction_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "LARGEST_PICTURE", 1_000_000)
    assert shown(render(encoded(Image.new("RGB", (4000, 3000)), "JPEG"), "thumb")).size == (320, 240)


def test_a_file_that_is_too_heavy_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "LARGEST_FILE", 10)
    with pytest.raises(ImageTooLarge):
        render(b"x" * 11, "original")
    with pytest.raises(ImageTooLarge):
        decode_data_url("data:image/png;base64," + "A" * 2000)


@pytest.mark.parametrize("spaced", [False, True])
def test_a_data_url_is_decoded_even_with_line_breaks_and_without_padding(spaced: bool) -> None:
    text = base64.b64encode(b"some bytes").decode().rstrip("=")
    value = "data:image/png;base64," + ("\r\n ".join(text) if spaced else text)
    assert decode_data_url(f" {value}\n") == b"some bytes"


@pytest.mark.parametrize("value", ["", "data:image/png;base64", "data:image/png;base64,!!!", "data:image/png;base64,é"])
def test_a_data_url_that_is_damaged_is_said_to_be_broken(value: str) -> None:
    with pytest.raises(BrokenImage):
        decode_data_url(value)


def test_the_cache_keeps_what_was_used_last_and_never_more_than_its_limit() -> None:
    cache = PictureCache(100)
    for name in "abcd":
        cache.put(name, Picture(b"x" * 25, "image/jpeg"))
    assert cache.get("a") is not None
    cache.put("e", Picture(b"x" * 25, "image/jpeg"))
    assert [name for name in "abcde" if cache.get(name)] == ["a", "c", "d", "e"]
    cache.put("f", Picture(b"x" * 26, "image/jpeg"))
    assert cache.get("f") is None
    cache.put("e", Picture(b"y", "image/jpeg"))
    cache.put("g", Picture(b"x" * 24, "image/jpeg"))
    assert [name for name in "acdeg" if cache.get(name)] == ["a", "c", "d", "e", "g"]
