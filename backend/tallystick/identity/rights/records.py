"""Which personal data people may give, and the form in which it is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from tallystick.identity.rights.errors import FieldRefused, PurposeUnknown

MOST_CHARACTERS = 200

RECORDS: dict[str, tuple[str, ...]] = {
    "person": ("full_name", "birth_date", "country"),
    "contact": ("email", "phone", "street", "city", "postal_code", "country"),
}

_FORMS = {
    "country": (re.compile(r"[A-Z]{2}"), "must be two capital letters (ISO 3166)"),
    "email": (re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+"), "must be an e-mail address"),
    "phone": (re.compile(r"\+[1-9][0-9]{6,14}"), "must be as in +8613800138000 (E.164)"),
}


def fields_of(record: str) -> tuple[str, ...]:
    """Names of a record's fields. Raises `PurposeUnknown`."""
    try:
        return RECORDS[record]
    except KeyError:
        raise PurposeUnknown(f"there is no record {record}") from None


def clean(record: str, fields: Mapping[str, str]) -> dict[str, bytes]:
    """The fields as they are stored: NFC, trimmed, UTF-8.

    Raises `PurposeUnknown`, `FieldRefused`.
    """
    known = fields_of(record)
    for field in fields:
        if field not in known:
            raise FieldRefused(field, f"is no field of {record}")
    if not fields:
        raise FieldRefused(known[0], "at least one field is needed")
    return {field: _clean(field, value).encode() for field, value in fields.items()}


def _clean(field: str, value: str) -> str:
    # control, format (also bidirectional), surrogate, private use, unassigned
    if any(unicodedata.category(character).startswith("C") for character in value):
        raise FieldRefused(field, "has characters that cannot be seen")
    text = unicodedata.normalize("NFC", value).strip()
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise FieldRefused(field, f"must have 1 to {MOST_CHARACTERS} characters")
    if field == "birth_date":
        _check_birth(field, text)
    elif field in _FORMS and not _FORMS[field][0].fullmatch(text):
        raise FieldRefused(field, _FORMS[field][1])
    return text


def _check_birth(field: str, text: str) -> None:
    try:
        born = date.fromisoformat(text)
    except ValueError:
        raise FieldRefused(field, "must be a real date, as in 1990-02-28") from None
    if len(text) != 10 or born.year < 1880:
        raise FieldRefused(field, "must be a real date, as in 1990-02-28")
