"""Sanctions lists as data: read from the formats in which they are published, kept as versioned
files.

Read are OFAC's SDN list (`sdn.xml`), the consolidated list of the UN Security Council, and the EU's
consolidated list (`xmlFullSanctionsList_1_1`), recognised by their root element.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from lxml import etree

from tallystick.screening.errors import ListInvalid

MOST_BYTES: Final = 512 * 1024 * 1024
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}|\b\d{4}\b")
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_WRITTEN: Final = re.compile(r"(\d{1,2}) ([A-Za-z]{3}) (\d{4})")
_WALLET: Final = re.compile(r"0x[0-9a-fA-F]{40}")


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody on a list. `births` are ISO dates, or years alone; `wallets` in small letters."""

    entry: str
    kind: str
    names: tuple[str, ...]
    births: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    wallets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SanctionsList:
    """One version of a list: its `source` (OFAC, UN, EU), the publisher's date, the file's hash."""

    source: str
    published: str
    sha256: str
    entries: tuple[Entry, ...]

    @property
    def label(self) -> str:
        """Source and date, as reviewers see them."""
        return f"{self.source} {self.published}"


def read_list(path: Path) -> SanctionsList:
    """A list as its publisher offers it. Raises `ListInvalid`."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ListInvalid(path.name, f"is larger than {MOST_BYTES} bytes")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        # no document type, no entities, nothing from elsewhere: they carry bombs and leaks
        options: dict[str, Any] = {"resolve_entities": False, "no_network": True, "load_dtd": False}
        with path.open("rb") as file:
            steps = etree.iterparse(file, events=("start", "end"), huge_tree=False, **options)
            source, published, entries = _read(steps, path.name)
    except etree.XMLSyntaxError as error:
        raise ListInvalid(path.name, f"is not XML ({error.msg})", error.lineno) from None
    except OSError as error:
        raise ListInvalid(path.name, f"cannot be read ({error.strerror})") from error
    if not entries:
        raise ListInvalid(path.name, "has no entries")
    return SanctionsList(source, published, digest, tuple(entries))


def _read(steps: Any, name: str) -> tuple[str, str, list[Entry]]:
    entries: list[Entry] = []
    published = ""
    source: str | None = None
    tags: dict[str, Callable[[Any], Entry | None]] = {}
    for event, element in steps:
        tag = _tag(element)
        if event == "start":
            if source is None:
                if element.getroottree().docinfo.doctype:
                    raise ListInvalid(name, "has a document type; lists have none")
                if tag not in _FORMATS:
                    raise ListInvalid(name, f"begins with {tag}: not a list of OFAC, UN or EU", 1)
                source, tags, date = _FORMATS[tag]
                published = _iso(element.get(date, "")) if date else ""
            continue
        if tag == "Publish_Date" and element.text:
            month, day, year = element.text.strip().split("/")
            published = f"{year}-{month}-{day}"
        if tag in tags:
            entry = tags[tag](element)
            if entry is None:
                raise ListInvalid(name, f"{tag} without a name or an id", element.sourceline)
            entries.append(entry)
            element.clear()
    assert source is not None  # noqa: S101 - XML has a root
    return source, published, entries


def _ofac(entry: Any) -> Entry | None:
    def full(node: Any) -> str:
        return " ".join(filter(None, (_text(node, "firstName"), _text(node, "lastName"))))

    akas = [full(aka) for aka in _all(entry, "aka")]
    births = [_text(item, "dateOfBirth") for item in _all(entry, "dateOfBirthItem")]
    ids = [_text(item, "idNumber") for item in _all(entry, "id")]
    return _entry(
        _text(entry, "uid"),
        _text(entry, "sdnType").lower() or "entity",
        [full(entry), *akas],
        births,
        [_text(item, "country") for item in _all(entry, "nationality")],
        [*ids, _text(entry, "remarks")],
    )


def _un(entry: Any) -> Entry | None:
    parts = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
    person = _tag(entry) == "INDIVIDUAL"
    births: list[str] = []
    for item in _all(entry, "INDIVIDUAL_DATE_OF_BIRTH"):
        births += [_text(item, part) for part in ("DATE", "YEAR", "FROM_YEAR", "TO_YEAR")]
    aliases = [
        _text(alias, "ALIAS_NAME")
        for kind in ("INDIVIDUAL_ALIAS", "ENTITY_ALIAS")
        for alias in _all(entry, kind)
        if _text(alias, "QUALITY") != "Low"  # the UN's own word for what identifies nobody
    ]
    original = _text(entry, "NAME_ORIGINAL_SCRIPT")
    return _entry(
        _text(entry, "REFERENCE_NUMBER") or _text(entry, "DATAID"),
        "individual" if person else "entity",
        [" ".join(filter(None, (_text(entry, part) for part in parts))), original, *aliases],
        births,
        [value.text or "" for item in _all(entry, "NATIONALITY") for value in _all(item, "VALUE")],
        [_text(entry, "COMMENTS1")],
    )


def _eu(entry: Any) -> Entry | None:
    kinds = [item.get("code", "") for item in _all(entry, "subjectType")]
    births = [item.get("birthdate") or item.get("year") or "" for item in _all(entry, "birthdate")]
    return _entry(
        entry.get("euReferenceNumber") or entry.get("logicalId") or "",
        "individual" if "person" in kinds else "entity",
        [alias.get("wholeName", "") for alias in _all(entry, "nameAlias")],
        births,
        [item.get("countryIso2Code", "") for item in _all(entry, "citizenship")],
        [item.text or "" for item in _all(entry, "remark")],
    )


_FORMATS: Final[dict[str, tuple[str, dict[str, Callable[[Any], Entry | None]], str]]] = {
    "sdnList": ("OFAC", {"sdnEntry": _ofac}, ""),
    "CONSOLIDATED_LIST": ("UN", {"INDIVIDUAL": _un, "ENTITY": _un}, "dateGenerated"),
    "export": ("EU", {"sanctionEntity": _eu}, "generationDate"),
}


def _entry(
    entry: str,
    kind: str,
    names: list[str],
    births: list[str],
    countries: list[str],
    free: list[str],
) -> Entry | None:
    known = tuple(dict.fromkeys(" ".join(name.split()) for name in names if name.strip()))
    if not entry or not known:
        return None
    wallets = (found.lower() for text in free for found in _WALLET.findall(text))
    return Entry(
        entry,
        kind,
        known,
        tuple(dict.fromkeys(filter(None, map(_iso, births)))),
        tuple(dict.fromkeys(filter(None, countries))),
        tuple(dict.fromkeys(wallets)),
    )


def _iso(text: str) -> str:
    """An ISO date or a year from the ways in which lists write them."""
    written = _WRITTEN.search(text)
    if written:
        day, month, year = written.groups()
        if month.lower() in _MONTHS:
            return f"{year}-{_MONTHS.index(month.lower()) + 1:02}-{int(day):02}"
    found = _DATE.search(text)
    return found.group() if found else ""


def _tag(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _all(element: Any, tag: str) -> Iterator[Any]:
    return (child for child in element.iter(f"{{*}}{tag}") if child is not element)


def _text(element: Any, tag: str) -> str:
    for child in element:
        if _tag(child) == tag:
            return (child.text or "").strip()
    return ""


def keep_list(found: SanctionsList, folder: Path) -> Path:
    """Writes a list, whole or not at all, under its source, date and hash; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{found.source}-{found.published or 'undated'}-{found.sha256[:16]}.json"
    draft = path.with_suffix(".part")
    draft.write_bytes(orjson.dumps(asdict(found)))
    os.replace(draft, path)  # noqa: PTH105 - the same on every system
    return path


def kept_lists(folder: Path) -> list[SanctionsList]:
    """The newest kept version of every source. Raises `ListInvalid`."""
    newest: dict[str, Path] = {}
    for path in sorted(folder.glob("*.json")):
        newest[path.name.partition("-")[0]] = path
    return [_kept(path) for path in newest.values()]


def _kept(path: Path) -> SanctionsList:
    try:
        data = orjson.loads(path.read_bytes())
        entries = tuple(
            Entry(
                item["entry"],
                item["kind"],
                *(tuple(item[part]) for part in ("names", "births", "countries", "wallets")),
            )
            for item in data["entries"]
        )
        return SanctionsList(data["source"], data["published"], data["sha256"], entries)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ListInvalid(path.name, f"cannot be read ({error})") from error
