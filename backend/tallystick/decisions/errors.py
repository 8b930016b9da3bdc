"""Why a decision cannot be made, released or repeated.

::

    DecisionError
    ├── DocumentInvalid      a catalogue or policy breaks a rule, or one of its own cases fails
    ├── ApplicationInvalid   an application lacks something, or says what cannot be
    ├── ReleaseRefused       a release may not be activated, or not by these two people
    ├── NothingReleased      no catalogue and policy are in force
    ├── DecisionUnknown      there is no such decision
    ├── InputsErased         the inputs of a decision were erased with their subject
    ├── StatementUnknown     there is no such bank statement of this person, or there are too many
    ├── LenderRefuses        the contract that lends does not accept what was signed for it
    └── DecisionConflict     the state does not allow this, such as a second acceptance
"""

from __future__ import annotations


class DecisionError(Exception):
    """Root of the tree."""


class DocumentInvalid(DecisionError):
    """`where` (a path such as products.shop.term) breaks `rule` (a short English sentence)."""

    def __init__(self, where: str, rule: str) -> None:
        super().__init__(f"{where}: {rule}")
        self.where = where
        self.rule = rule


class ApplicationInvalid(DecisionError):
    """Every member that is wrong: a JSON pointer into the application, and the rule it breaks."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__("; ".join(f"{pointer} {rule}" for pointer, rule in faults))
        self.faults = faults


class ReleaseRefused(DecisionError):
    """The message says why."""


class NothingReleased(DecisionError):
    """Propose and approve a release first."""


class DecisionUnknown(DecisionError):
    """No decision has this id."""


class InputsErased(DecisionError):
    """What went into the decision no longer exists; its hashes do."""


class StatementUnknown(DecisionError):
    """The message says which rule stands against it."""


class LenderRefuses(DecisionError):
    """The message names the account."""


class DecisionConflict(DecisionError):
    """The message says what stands against it."""
