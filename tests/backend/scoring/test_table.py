"""Reading tables: what is wrong is told with its line and column."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.schema import Column
from tallystick.scoring.table import numbers, open_table

AGE = Column("age", "numeric", missing=("-1", "unknown"))


def read(path: Path) -> list[float]:
    with open_table(path) as table:
        return [value for piece in table.pieces for value in numbers(piece, AGE).tolist()]


def test_absent_values_are_empty_cells_and_what_is_listed(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("age,x\n1,a\n,a\n-1.0,a\nunknown,a\nNA,a\n2.5,a\n")
    assert [value if value == value else None for value in read(path)] == [
        1.0,
        None,
        None,
        None,
        None,
        2.5,
    ]


def test_gzip_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress("\ufeffage\n7\n\n8\n".encode()))
    assert read(path) == [7.0, 8.0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"age,age\n1,2\n", "line 1, column age: appears twice"),
        (b"age,x\n1,2\n3\n", "line 3: has 1 cells, the header has 2"),
        (b"age,x\n1,2\nold,3\n", "line 3, column age: 'old' is not a number"),
        (b"age,x\n1,2\n-inf,3\n", "line 3, column age: -inf is infinite"),
        (b"age,x\n1e999,2\n", "line 2, column age: 1e999 is infinite"),
        (b"age,x\n1,2\n3,caf\xe9\n", "line 3, column x: byte 0xe9 is not UTF-8"),
        (b'age,x\n1,"a\nb"\nold,3\n', "line 4, column age"),
        (b"\x1f\x8b\x08\x00broken", "breaks off or is damaged"),
        (gzip.compress(b"a\n" + b"0" * (17 << 20)), "line 2: is longer than 16,777,216"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(DataInvalid) as caught:
        read(path)
    assert message in str(caught.value)


def test_a_piece_boundary_loses_no_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tallystick.scoring.table.CELLS_IN_A_PIECE", 6)
    path = tmp_path / "t.csv"
    path.write_text("age,x\n" + "".join(f"{n},a\n" for n in range(10)))
    assert read(path) == list(map(float, range(10)))
