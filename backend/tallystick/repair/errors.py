"""Why a repair cannot go on.

::

    RepairError
    ├── RepairUnknown     there is no such case, or it is somebody else's
    ├── RepairConflict    the case's stage does not allow this
    ├── BeyondLimits      an offer asks for more than the rules allow
    ├── LessonUnknown     there is no such lesson
    └── BudgetInvalid     income and expenses cannot be read
"""

from __future__ import annotations


class RepairError(Exception):
    """Root of the tree."""


class RepairUnknown(RepairError):
    """The id says nothing."""


class LessonUnknown(RepairError):
    """The name says nothing."""


class RepairConflict(RepairError):
    """The message is a short English sentence."""


class BeyondLimits(RepairError):
    """`limits` are the names of those that the offer exceeds."""

    def __init__(self, limits: tuple[str, ...]) -> None:
        super().__init__(", ".join(limits))
        self.limits = limits


class BudgetInvalid(RepairError):
    """`pointer` into the application breaks `rule`."""

    def __init__(self, pointer: str, rule: str) -> None:
        super().__init__(f"{pointer} {rule}")
        self.pointer = pointer
        self.rule = rule
