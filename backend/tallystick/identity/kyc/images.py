"""Uploaded images: known by their content, made anew from their pixels alone.

What is stored is a JPEG of our own encoding, so that nothing else that was in the file, metadata,
a second format, code, is stored or handed to a reviewer. A file states its size in pixels before
they are unpacked; one that states too many is refused unread.
"""

from __future__ import annotations

import io
from threading import BoundedSemaphore

from PIL import Image, ImageOps, UnidentifiedImageError

from tallystick.identity.kyc.errors import ImageRefused

MOST_BYTES = 8 * 1024 * 1024
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 3000
_QUALITY = 88
_FORMATS = ("JPEG", "PNG")
_TWO_AT_A_TIME = BoundedSemaphore(2)
"""Each image needs up to 150 MB while it is unpacked."""


def clean_image(content: bytes) -> bytes:
    """A JPEG of what the image shows, upright, at most 3000 pixels a side.

    Raises `ImageRefused` for anything but one whole JPEG or PNG image within the limits.
    """
    if len(content) > MOST_BYTES:
        raise ImageRefused("size")
    with _TWO_AT_A_TIME:
        try:
            return _encode(_decode(content))
        except ImageRefused:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise ImageRefused("pixels") from None
        except UnidentifiedImageError:
            raise ImageRefused("type") from None
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Warning):
            raise ImageRefused("damaged") from None


def _decode(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=_FORMATS)
    width, height = image.size
    if width * height > MOST_PIXELS or min(width, height) < 1:
        raise ImageRefused("pixels")
    if getattr(image, "n_frames", 1) != 1:
        raise ImageRefused("animated")
    image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
    image.load()
    return image


def _encode(image: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(image).convert("RGB")
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.new("RGB", upright.size)
    bare.paste(upright)
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()
