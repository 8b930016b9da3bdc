"""Languages of the pages: gettext catalogues, and which of them a reader gets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

CATALOGUES = Path(__file__).parent / "locale"
COOKIE = "lang"


@dataclass(frozen=True, slots=True)
class Language:
    """`tag` is the BCP 47 tag used in addresses and in HTML, `name` what its readers call it."""

    tag: str
    name: str
    folder: str

    @property
    def locale(self) -> Locale:
        """Babel's locale, for dates."""
        return Locale.parse(self.folder)


LANGUAGES = (Language("en", "English", "en"), Language("zh-Hans", "简体中文", "zh_Hans"))
DEFAULT = LANGUAGES[0]
_BY_TAG = {language.tag: language for language in LANGUAGES}
_ALIASES = {"zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-SG": "zh-Hans", "zh-Hans-CN": "zh-Hans"}


def choose(asked: str | None, remembered: str | None, accepted: str) -> Language:
    """The language asked for in the address, else the remembered one, else the browser's wish."""
    for tag in (asked, remembered):
        if tag in _BY_TAG:
            return _BY_TAG[tag]
    wishes = [_ALIASES.get(tag, tag) for tag in _ordered(accepted)]
    found = negotiate_locale(wishes, list(_BY_TAG), sep="-")
    return _BY_TAG.get(found or "", DEFAULT)


def _ordered(accepted: str) -> list[str]:
    """Tags of an Accept-Language header, most wanted first; what cannot be read is left out."""
    weighted: list[tuple[float, str]] = []
    for part in accepted.split(",")[:20]:
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if tag and weight > 0:
            weighted.append((-weight, tag))
    return [tag for _, tag in sorted(weighted, key=lambda item: item[0])]


@cache
def translations(language: Language) -> Translations:
    """The language's catalogue, compiled in memory: there is no generated file to go stale."""
    path = CATALOGUES / language.folder / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language.folder)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
