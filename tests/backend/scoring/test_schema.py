"""The schema file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.scoring.errors import SchemaInvalid
from tallystick.scoring.schema import read_schema


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "schema.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_scalars_stay_the_texts_that_were_written(tmp_path: Path) -> None:
    schema = read_schema(
        write(
            tmp_path,
            "target: y\npositive: no\nexclude: [1e3]\ncolumns:\n"
            '  off: {kind: categorical, missing: ["", NO]}\n'
            "  age: {kind: numeric, protected: true, missing: [-1]}\n",
        )
    )
    assert (schema.positive, schema.exclude) == ("no", ("1e3",))
    assert [column.name for column in schema.columns] == ["off", "age"]
    assert schema.columns[0].missing == ("", "NO")
    assert [column.name for column in schema.protected()] == ["age"]


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("target: y\n", "columns"),
        ("target: y\ncolumns: {y: {kind: numeric}}\n", "columns.y"),
        ("target: y\ncolumns: {a: {kind: number}}\n", "columns.a.kind"),
        ("target: y\ncolumns: {a: {kind: numeric, monoton: up}}\n", "columns.a.monoton"),
        ("target: y\ncolumns: {a: {kind: categorical, monotone: increasing}}\n", "a.monotone"),
        ("target: y\ncolumns: {a: {kind: numeric, protected: true}}\n", "columns"),
        ("target: y\nexclude: [a]\ncolumns: {a: {kind: numeric}}\n", "exclude"),
        ("target: y\ncolumns: {a: {kind: numeric}, a: {kind: numeric}}\n", "a"),
        ("target: [\n", "schema.yaml"),
        ("just text\n", "file"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, where: str) -> None:
    with pytest.raises(SchemaInvalid) as caught:
        read_schema(write(tmp_path, text))
    assert caught.value.where.endswith(where)
