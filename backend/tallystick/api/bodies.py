"""JSON that could be read in two ways is read in none."""

from __future__ import annotations

import json

from tallystick.api.problems import Problem


class _Doubled(Exception):
    """An object names a member twice."""


def refuse_doubles(body: bytes) -> None:
    """Raises `Problem` when an object of the body has a member twice (RFC 8259, section 4).

    One reader takes the first and another the last, so what somebody checked would not be what is
    done. What is no JSON at all is told by whoever reads it.
    """
    try:
        json.loads(body, object_pairs_hook=_once)
    except _Doubled as error:
        raise Problem("malformed_request", f"The body has the member {error} twice.") from None
    except (ValueError, RecursionError):
        return


def _once(members: list[tuple[str, object]]) -> None:
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            raise _Doubled(json.dumps(name[:40]))
        seen.add(name)
