"""Short lessons with a quiz: read from versioned files, completion recorded, a plan's condition."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tallystick.db import Database, write
from tallystick.decisions.document import Document, Label, Name, Percent, read_yaml
from tallystick.decisions.errors import DocumentInvalid
from tallystick.identity.access.access import Access
from tallystick.repair.errors import LessonUnknown, RepairConflict
from tallystick.repair.rules import Cause
from tallystick.trail.entry import Fact
from tallystick.trail.store import append

SHIPPED = Path(__file__).parents[3] / "lending" / "lessons"
_Paragraph = Annotated[str, Field(min_length=1, max_length=2000)]


class Section(Document):
    """A paragraph in both languages."""

    en: _Paragraph
    zh: _Paragraph


class Question(Document):
    """A question, of whose `options` the one at index `right` is right, and `why`."""

    question: Section
    options: Annotated[tuple[Label, ...], Field(min_length=2, max_length=6)]
    right: Annotated[int, Field(ge=0)]
    why: Label


class Lesson(Document):
    """One version of a lesson, for whom it is suggested, and the share of the quiz that passes."""

    name: Name
    version: Annotated[int, Field(ge=1)]
    causes: tuple[Cause, ...]
    pass_pct: Annotated[Percent, Field(gt=0, le=100)]
    title: Label
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    quiz: Annotated[tuple[Question, ...], Field(min_length=1, max_length=20)]


@dataclass(frozen=True, slots=True)
class Result:
    """How a quiz went: of each answer whether it was `right`, and whether that passes."""

    right: tuple[bool, ...]
    passed: bool


@dataclass(frozen=True, slots=True)
class Completion:
    """What is kept of a subject's tries at a lesson's version; times in Unix seconds."""

    lesson: str
    version: int
    right: int
    asked: int
    tries: int
    passed_at: int | None


def load_lessons(folder: Path = SHIPPED) -> dict[str, Lesson]:
    """Every lesson of a folder by its name. Raises `DocumentInvalid`."""
    found: dict[str, Lesson] = {}
    for path in sorted(folder.glob("*.yaml")):
        lesson = Lesson.parse(read_yaml(path), path.stem)
        if lesson.name != path.stem:
            raise DocumentInvalid(path.stem, "is not the name of its lesson")
        for place, question in enumerate(lesson.quiz):
            if question.right >= len(question.options):
                raise DocumentInvalid(f"{path.stem}.quiz.{place}.right", "is no option")
        found[lesson.name] = lesson
    return found


def suggested(lessons: dict[str, Lesson], cause: Cause) -> tuple[str, ...]:
    """Lessons for a borrower's problem."""
    return tuple(name for name, lesson in lessons.items() if cause in lesson.causes)


def lesson_named(lessons: dict[str, Lesson], name: str) -> Lesson:
    """Raises `LessonUnknown`."""
    if name not in lessons:
        raise LessonUnknown(name)
    return lessons[name]


def answer(access: Access, subject: str, lesson: Lesson, given: Sequence[int], now: int) -> Result:
    """Marks a quiz and records the try; who has passed stays passed.

    Raises `RepairConflict` unless every question has one answer.
    """
    if len(given) != len(lesson.quiz):
        raise RepairConflict(f"the quiz has {len(lesson.quiz)} questions")
    marks = tuple(one == question.right for one, question in zip(given, lesson.quiz, strict=True))
    passed = sum(marks) * 100 >= lesson.pass_pct * len(marks)
    with access.file.open() as db, write(db) as conn:
        conn.execute(
            "INSERT INTO repair_lessons (subject, lesson, version, right, asked, tries, passed_at)"
            " VALUES (?, ?, ?, ?, ?, 1, ?) ON CONFLICT (subject, lesson, version) DO UPDATE SET"
            " right = max(right, excluded.right), tries = tries + 1,"
            " passed_at = coalesce(passed_at, excluded.passed_at)",
            (
                subject,
                lesson.name,
                lesson.version,
                sum(marks),
                len(marks),
                now if passed else None,
            ),
        )
        if passed:
            fact = Fact(subject, "pass_lesson", f"{lesson.name}/{lesson.version}")
            append(conn, fact, access.vault.now())
    return Result(marks, passed)


def completions(db: Database, subject: str) -> list[Completion]:
    """A subject's lessons, by name and version."""
    rows = db.execute(
        "SELECT lesson, version, right, asked, tries, passed_at FROM repair_lessons"
        " WHERE subject = ? ORDER BY lesson, version",
        (subject,),
    )
    return [Completion(*row) for row in rows]


def missing(db: Database, subject: str, wanted: Iterable[str]) -> tuple[str, ...]:
    """Of the wanted lessons those that the subject has not passed in any version."""
    passed = {one.lesson for one in completions(db, subject) if one.passed_at is not None}
    return tuple(lesson for lesson in wanted if lesson not in passed)
