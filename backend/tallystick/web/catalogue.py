"""Keeps the catalogues complete: `python -m tallystick.web.catalogue` adds new texts to them."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from tallystick.web.i18n import CATALOGUES, DEFAULT, LANGUAGES

HERE = Path(__file__).parent
_METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS = {
    "templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
}
_KEYWORDS = {"_": None, "N_": None, "gettext": None, "n": (1, 2), "ngettext": (1, 2)}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def extract() -> Catalog:
    """Every text of templates and modules."""
    catalogue = Catalog(project="Tallystick", charset="utf-8")
    found = extract_from_dir(HERE, _METHODS, _OPTIONS, _KEYWORDS)
    for file, _, message, _, context in found:
        catalogue.add(message, locations=[(file, 0)], context=context)
    return catalogue


def path_of(folder: str) -> Path:
    """The catalogue file of a language."""
    return CATALOGUES / folder / "LC_MESSAGES" / "messages.po"


def read(folder: str) -> Catalog:
    """The catalogue of a language as it is committed."""
    with path_of(folder).open("rb") as source:
        return read_po(source, locale=folder)


def placeholders(text: str | tuple[str, ...] | list[str]) -> set[str]:
    """Names that a text fills in; a translation must have the same."""
    parts = [text] if isinstance(text, str) else text
    return {name for part in parts for name in _PLACEHOLDER.findall(part)}


def update() -> None:
    """Adds new texts to every catalogue and drops unused ones; people translate them."""
    for language in LANGUAGES:
        path = path_of(language.folder)
        path.parent.mkdir(parents=True, exist_ok=True)
        exists = path.exists()
        catalogue = (
            read(language.folder) if exists else Catalog(locale=language.folder, charset="utf-8")
        )
        # extracted anew: the catalogues take its messages over and change them
        catalogue.update(extract(), no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        if language == DEFAULT:
            _say_as_written(catalogue)
        with path.open("wb") as target:
            write_po(
                target, catalogue, sort_by_file=True, no_location=True, omit_header=True, width=0
            )


def _say_as_written(catalogue: Catalog) -> None:
    """The texts are written in English, so its catalogue repeats them."""
    for message in catalogue:
        if message.id:
            message.string = message.id


if __name__ == "__main__":
    update()
