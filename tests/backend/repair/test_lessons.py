"""Lessons as files: whole, in both languages, for every cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.decisions.errors import DocumentInvalid
from tallystick.repair.lessons import SHIPPED, load_lessons, suggested
from tallystick.repair.rules import Cause, load_rules

LESSONS = load_lessons()


def test_every_condition_is_a_lesson_and_every_cause_has_one() -> None:
    rules, _ = load_rules()
    assert {name for grade in rules.grades.values() for name in grade.lessons} <= set(LESSONS)
    assert all(suggested(LESSONS, cause) for cause in Cause)


@pytest.mark.parametrize("name", LESSONS)
def test_chinese_is_chinese_and_no_answer_is_given_twice(name: str) -> None:
    lesson = LESSONS[name]
    texts = [lesson.title, *lesson.sections, *(one.question for one in lesson.quiz)]
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in text.zh) for text in texts)
    assert all(text.en.isascii() for text in texts)
    for question in lesson.quiz:
        assert len({option.en for option in question.options}) == len(question.options)


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("right: 0", "right: 3", "budget.quiz.0.right"),
        ("name: budget", "name: other", "budget"),
        ("pass_pct: 75", "pass_pct: 0", "budget.pass_pct"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, where: str) -> None:
    text = (SHIPPED / "budget.yaml").read_text()
    assert old in text
    (tmp_path / "budget.yaml").write_text(text.replace(old, new, 1))
    with pytest.raises(DocumentInvalid) as error:
        load_lessons(tmp_path)
    assert error.value.where == where
