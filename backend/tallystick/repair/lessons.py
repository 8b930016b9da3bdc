"""Which lessons a subject has passed, and what counts as passing."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.db import Database


def missing(db: Database, subject: str, wanted: Iterable[str]) -> tuple[str, ...]:
    """Of the wanted lessons those that the subject has not passed in any version."""
    passed = {
        lesson
        for (lesson,) in db.execute(
            "SELECT lesson FROM repair_lessons WHERE subject = ? AND passed_at IS NOT NULL",
            (subject,),
        )
    }
    return tuple(lesson for lesson in wanted if lesson not in passed)
