"""What a document's data says, once its check digits are right.

Machine-readable zones after ICAO 9303 (TD1, TD2, TD3), 居民身份证 numbers after GB 11643, and
统一社会信用代码 of firms after GB 32100.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from anyascii import anyascii
from mrz.checker.td1 import TD1CodeChecker
from mrz.checker.td2 import TD2CodeChecker
from mrz.checker.td3 import TD3CodeChecker
from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from tallystick.identity.kyc.errors import DocumentRefused

DocumentType = Literal["mrz", "cn_id", "cn_firm"]

_ZONES = {(3, 30): TD1CodeChecker, (2, 36): TD2CodeChecker, (2, 44): TD3CodeChecker}
_LINE = re.compile(r"[A-Z0-9<]+")
_RESIDENT = re.compile(r"[1-9][0-9]{16}[0-9X]")
_OLDEST_YEARS = 120
_UNSPACED = "\u2e80"
"""From here on, scripts that write a name without spaces."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the data says. `names` in capital letters; None where the document is silent."""

    number: str
    names: tuple[str, ...]
    birth_date: date | None
    expires: date | None


def read_document(kind: DocumentType, data: str, today: date) -> Facts:
    """Reads and checks. Raises `DocumentRefused`."""
    match kind:
        case "mrz":
            return _zone(data, today)
        case "cn_id":
            return _resident(data)
        case _:
            return _firm(data)


def same_name(names: tuple[str, ...], full_name: str) -> bool:
    """Whether every name of a zone is in the name as its bearer writes it, in any script.

    A zone is cut to its length, so the last name may be a beginning only.
    """
    written = re.findall(r"[A-Z0-9]+", anyascii(full_name).upper())
    unspaced = any(character >= _UNSPACED for character in full_name)
    together = "".join(written) if unspaced else ""
    *whole, last = [part for name in names for part in name.split()] or [""]
    if not last:
        return False
    known = all(part in written or part in together for part in whole)
    return known and (last in together or any(part.startswith(last) for part in written))


def _zone(data: str, today: date) -> Facts:
    lines = [line.strip() for line in data.strip().splitlines()]
    checker = _ZONES.get((len(lines), len(lines[0]) if lines else 0))
    if checker is None or any(
        len(line) != len(lines[0]) or not _LINE.fullmatch(line) for line in lines
    ):
        raise DocumentRefused("form")
    try:
        checked = checker("\n".join(lines), check_expiry=False, compute_warnings=False)
        fields = checked.fields()
    except (ValueError, KeyError, IndexError, AttributeError):
        raise DocumentRefused("form") from None
    wrong = [name for name, _ in checked.report.falses]
    if any("hash" in name for name in wrong):
        raise DocumentRefused("check_digits")
    if wrong and wrong != ["birth date"]:
        raise DocumentRefused("form")
    birth = _short_date(fields.birth_date, today, ahead=0)
    expires = _short_date(fields.expiry_date, today, ahead=50)
    if birth is None or birth < today - timedelta(days=_OLDEST_YEARS * 366):
        raise DocumentRefused("birth_date")
    if expires is None or expires <= today:
        raise DocumentRefused("expiry")
    names = tuple(part for part in (fields.surname, fields.name) if part)
    return Facts(f"{fields.country}{fields.document_number}", names, birth, expires)


def _resident(data: str) -> Facts:
    """The place of birth is not looked up: cards keep the codes of counties that are no more."""
    if not _RESIDENT.fullmatch(data):
        raise DocumentRefused("form")
    if ric.calc_check_digit(data) != data[-1]:
        raise DocumentRefused("check_digits")
    try:
        born = ric.get_birth_date(data)
    except ValidationError:
        raise DocumentRefused("birth_date") from None
    return Facts(f"CHN{data}", (), born, None)


def _firm(data: str) -> Facts:
    try:
        return Facts(f"CN{uscc.validate(data)}", (), None, None)
    except ValidationError as error:
        form = type(error).__name__ in ("InvalidFormat", "InvalidLength")
        raise DocumentRefused("form" if form else "check_digits") from None


def _short_date(text: str, today: date, *, ahead: int) -> date | None:
    """A date of six digits in the century that brings it nearest, at most `ahead` years off."""
    if not re.fullmatch(r"[0-9]{6}", text):
        return None
    year, month, day = int(text[:2]), int(text[2:4]), int(text[4:])
    try:
        found = date(today.year // 100 * 100 + year, month, day)
        if found.year > today.year + ahead or (ahead == 0 and found > today):
            return date(found.year - 100, month, day)
    except ValueError:
        return None
    return found
