"""Uploads: what is an image, what is left of it, and what is refused unread."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tallystick.identity.kyc.errors import ImageRefused
from tallystick.identity.kyc.images import LONGEST_SIDE, MOST_BYTES, clean_image

SECRET = b"GPS 40.7128 N, taken by Ada"


def image(form: str, size: tuple[int, int] = (64, 40), **options: object) -> bytes:
    written = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(written, form, **options)
    return written.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(ImageRefused) as caught:
        clean_image(content)
    return caught.value.reason


def bomb(width: int, height: int) -> bytes:
    """A PNG of some kilobytes that claims, and would unpack to, width x height pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        head = struct.pack(">I", len(data)) + kind + data
        return head + struct.pack(">I", zlib.crc32(kind + data))

    shape = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * min((width + 1) * height, 10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", shape) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_only_the_picture_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    exif[0x0112] = 6  # lies on its side
    text = PngInfo()
    text.add_text("Comment", SECRET.decode())
    text.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    for given_ in (
        image("JPEG", exif=exif, comment=SECRET),
        image("PNG", pnginfo=text, exif=exif),
        image("JPEG") + b"PK\x03\x04" + SECRET,  # a second file behind the first
        image("PNG", icc_profile=SECRET * 4),
    ):
        if SECRET in given_ or b"zTXt" in given_ or b"iCCP" in given_:
            kept = clean_image(given_)
            assert SECRET not in kept
            opened = Image.open(io.BytesIO(kept))
            assert (opened.format, dict(opened.getexif()), opened.info.get("icc_profile")) == (
                "JPEG",
                {},
                None,
            )
        else:
            pytest.fail("the sample holds no secret")
    upright = Image.open(io.BytesIO(clean_image(image("JPEG", exif=exif))))
    assert upright.size == (40, 64)


def test_large_images_are_made_smaller() -> None:
    for form in ("JPEG", "PNG"):
        kept = clean_image(image(form, (3200, 60)))
        assert max(Image.open(io.BytesIO(kept)).size) == LONGEST_SIDE


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "type"),
        (b"%PDF-1.7", "type"),
        (b"MZ\x90\x00", "type"),
        (image("GIF"), "type"),
        (image("TIFF"), "type"),
        (image("WEBP"), "type"),
        (b"\xff" * (MOST_BYTES + 1), "size"),
        (image("JPEG")[:-400], "damaged"),
        (image("PNG")[:-200], "damaged"),
    ],
)
def test_what_is_refused(content: bytes, reason: str) -> None:
    assert refused(content) == reason


def test_an_animation_is_no_picture() -> None:
    written = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), shade) for shade in ("red", "blue")]
    frames[0].save(written, "PNG", save_all=True, append_images=frames[1:])
    assert refused(written.getvalue()) == "animated"


def test_a_bomb_is_refused_before_it_unpacks() -> None:
    for side in (5001, 10_000, 50_000):
        content = bomb(side, side)
        assert len(content) < 20_000
        tracemalloc.start()
        assert refused(content) == "pixels"
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 1_000_000


@given(st.binary(max_size=200), st.integers(0, 400))
def test_damage_is_refused_or_harmless(noise: bytes, place: int) -> None:
    whole = SAMPLE[:place] + noise + SAMPLE[place + len(noise) :]
    try:
        clean_image(whole)
    except ImageRefused:
        return


SAMPLE = image("PNG", (16, 16))
