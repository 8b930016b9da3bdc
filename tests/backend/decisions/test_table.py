"""Conditions mean what they say, and a table that is not whole is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tallystick.decisions.errors import DocumentInvalid
from tallystick.decisions.policy import GradeRow
from tallystick.decisions.table import FactMissing, check_table, every, first

KNOWN: dict[str, Any] = {"pd": "number", "segment": "text"}


def rows(*given: dict[str, Any]) -> list[GradeRow]:
    return [GradeRow.model_validate(row) for row in given]


@pytest.mark.parametrize(
    ("condition", "holds", "fails"),
    [
        ("< 5", ["4.999"], ["5", "6"]),
        ("<= 5", ["5"], ["5.01"]),
        ("> -1", ["0"], ["-1"]),
        (">= 0.1", ["0.1"], ["0.0999"]),
        ("= 3", ["3", "3.0"], ["4"]),
        ("1 to 5", ["1", "4.99"], ["0.99", "5"]),
    ],
)
def test_numbers(condition: str, holds: list[str], fails: list[str]) -> None:
    row = rows({"when": {"pd": condition}, "grade": "A"})[0]
    assert all(row.applies({"pd": Decimal(text)}) for text in holds)
    assert not any(row.applies({"pd": Decimal(text)}) for text in fails)


def test_texts_and_what_is_not_known() -> None:
    table = rows(
        {"when": {"segment": ["farmer", "salaried"], "pd": "< 2"}, "grade": "A"},
        {"when": {"segment": "absent"}, "grade": "B"},
        {"grade": "C"},
    )
    check_table(table, KNOWN, "grades", total=True)
    assert first(table, {"segment": "farmer", "pd": 1}).grade == "A"
    assert first(table, {"segment": "farmer", "pd": 2}).grade == "C"
    assert [row.grade for row in every(table[1:], {"segment": None, "pd": 2})] == ["B", "C"]
    with pytest.raises(FactMissing, match="pd"):
        first(table, {"segment": "salaried", "pd": None})


def test_a_condition_may_be_for_known_facts_only() -> None:
    row = rows({"when": {"pd": "if known < 2", "segment": "if known farmer"}, "grade": "A"})[0]
    assert row.applies({"pd": Decimal(1), "segment": "farmer"})
    assert not row.applies({"pd": None, "segment": "farmer"})
    assert not row.applies({"pd": Decimal(1), "segment": None})
    check_table([row], KNOWN, "rules")


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ([{"when": {"pdd": "< 2"}, "grade": "A"}, {"grade": "B"}], "grades.0.when.pdd"),
        ([{"when": {"segment": "< 2"}, "grade": "A"}, {"grade": "B"}], "grades.0.when.segment"),
        ([{"when": {"pd": "low"}, "grade": "A"}, {"grade": "B"}], "grades.0.when.pd"),
        ([{"when": {"pd": "< 2"}, "grade": "A"}], "grades"),
        ([{"grade": "A"}, {"grade": "B"}], "grades.1"),
        (
            [
                {"when": {"pd": "< 2"}, "grade": "A"},
                {"when": {"pd": "< 2", "segment": "farmer"}, "grade": "B"},
                {"grade": "C"},
            ],
            "grades.1",
        ),
    ],
)
def test_a_table_with_a_hole_is_refused(table: list[dict[str, Any]], where: str) -> None:
    with pytest.raises(DocumentInvalid) as caught:
        check_table(rows(*table), KNOWN, "grades", total=True)
    assert caught.value.where == where


@pytest.mark.parametrize("condition", ["< five", "5 to 1", "", [], ["a", 1], "=> 5"])
def test_what_is_no_condition_is_refused(condition: object) -> None:
    with pytest.raises(ValueError, match=r"condition|range|compares"):
        rows({"when": {"pd": condition}, "grade": "A"})
