"""Reading a JSON document for the command line."""

from __future__ import annotations

import json
from typing import TextIO

import click


def read_json(source: TextIO) -> object:
    """The document; decimal numbers are kept as their text, so that none becomes a float."""
    try:
        return json.load(source, parse_float=str, object_pairs_hook=_no_duplicates)
    except ValueError as error:
        raise click.UsageError(f"the input is not JSON: {error}") from error


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name appears twice in an object")
    return fields
