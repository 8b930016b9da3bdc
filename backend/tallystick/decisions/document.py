"""Documents as data: YAML whose every scalar is the text that was written, named by its hash.

The hash is SHA-256 of the canonical JSON (sorted names, no spaces, UTF-8) of what the file says, so
comments and layout do not count.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tallystick.decisions.errors import DocumentInvalid

SCALE = 2
"""Money in documents and decisions is in hundredths of the currency."""

Money = Annotated[Decimal, Field(ge=0, le=10**15, decimal_places=SCALE)]
Percent = Annotated[Decimal, Field(ge=0, le=1000, decimal_places=7)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Text = Annotated[str, Field(min_length=1, max_length=400)]


class _Texts(yaml.BaseLoader):  # type: ignore[misc]  # untyped
    """Every scalar stays a text (no, 1e3, ~); a name given twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for name in names:
            if names.count(name) > 1:
                line = node.start_mark.line + 1
                raise DocumentInvalid(str(name), f"is given twice (line {line})")
        return dict(super().construct_mapping(node, deep=deep))


class Document(BaseModel):
    """Base of everything in a document: nothing unknown, nothing changed later."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def parse(cls, body: bytes, what: str) -> Self:
        """The document of these canonical bytes. Raises `DocumentInvalid`."""
        try:
            return cls.model_validate(json.loads(body))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join([what, *map(str, first["loc"])])
            raise DocumentInvalid(where, first["msg"].removeprefix("Value error, ")) from None


class Label(Document):
    """What something is called in both languages."""

    en: Text
    zh: Text


def read_yaml(path: Path) -> bytes:
    """The canonical bytes of a YAML file. Raises `DocumentInvalid`."""
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.load(text, Loader=_Texts)  # noqa: S506 - BaseLoader makes texts only
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentInvalid(path.name, "cannot be read as UTF-8 text") from error
    except yaml.YAMLError as error:
        raise DocumentInvalid(path.name, f"is not YAML ({error})") from error
    if not isinstance(data, dict):
        raise DocumentInvalid(path.name, "must be a mapping of names to values")
    return canonical(data)


def canonical(data: object) -> bytes:
    """The one form in which data is hashed and kept."""
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(body: bytes) -> str:
    """SHA-256, hexadecimal: the name of a document."""
    return hashlib.sha256(body).hexdigest()


def hundredths(amount: Decimal) -> int:
    """Money of a document as an integer."""
    return int(amount.scaleb(SCALE))
