"""Bodies that are files, left to their route by `BodyMiddleware`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request

from tallystick.api.problems import Problem


def upload_body(media_types: Sequence[str]) -> dict[str, Any]:
    """The body of an upload as OpenAPI tells it."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    return {
        "requestBody": {"required": True, "content": dict.fromkeys(media_types, schema)},
    }


async def read_upload(request: Request, media_types: Sequence[str], most: int) -> bytes:
    """The body, read only after the guard let its sender in, and no further than `most` bytes.

    Raises `Problem`.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in media_types:
        raise Problem("unsupported_media_type", f"Send {' or '.join(media_types)}.")
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > most:
            raise Problem(
                "payload_too_large",
                f"At most {most} bytes are accepted.",
                headers={"Connection": "close"},
            )
    return bytes(content)
