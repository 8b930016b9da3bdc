"""The reference that a payer writes: a creditor reference (ISO 11649) of each loan.

``RF``, two check digits, and sixteen characters that are the first ten bytes of the loan's id, so
that no table is needed and a slip of the pen is noticed.
"""

from __future__ import annotations

import base64
import re

from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

BYTES = 10
_FOUND = re.compile(r"(?<![0-9A-Z])R[ .-]?F(?:[ .-]?[0-9]){2}(?:[ .-]?[0-9A-V]){16}(?![0-9A-Z])")
_LIKE = re.compile(r"(?<![0-9A-Z])R[ .-]?F[ .-]?[0-9][ .-]?[0-9](?:[ .-]?[0-9A-Z]){4,}")


def reference_of(loan_id: bytes) -> str:
    """The reference of a loan, without spaces."""
    body = base64.b32hexencode(loan_id[:BYTES]).decode()
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def spaced(reference: str) -> str:
    """In groups of four, as it is printed."""
    return str(iso11649.format(reference))


def references_in(text: str) -> tuple[list[str], bool]:
    """Sound references in a text, each once, and whether something looked like one and was not."""
    upper = text.upper()
    found = [re.sub(r"[ .-]", "", one) for one in _FOUND.findall(upper)]
    sound = [one for one in dict.fromkeys(found) if iso11649.is_valid(one)]
    return sound, not sound and _LIKE.search(upper) is not None


def prefix_of(reference: str) -> bytes:
    """The bytes with which the loan's id begins."""
    return base64.b32hexdecode(reference[4:])
