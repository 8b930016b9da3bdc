"""Reading a JSON document without letting a float or a repeated name slip in."""

from __future__ import annotations

import json

from tallystick.loans.errors import InputInvalid


def read_json(text: str) -> object:
    """The document; decimal numbers are kept as their text. Raises `InputInvalid` if it is none."""
    try:
        return json.loads(text, parse_float=str, object_pairs_hook=_no_duplicates)
    except ValueError as error:
        raise InputInvalid("", f"is not JSON: {error}") from error


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name appears twice in an object")
    return fields
