"""Everything that can go wrong in loan mathematics.

LoanError
├── TermsInvalid            a member of something that is signed breaks a bound
│   ├── AgreementInvalid    of an agreement
│   ├── ConditionsInvalid   of its conditions
│   └── ConsentInvalid      of an amendment, a settlement or an assignment
├── AgreementExpired        originated after its deadline
├── OutsideStartWindow      originated before its start or on or after its first due date
├── LoanNotActive           paid although closed or never opened
├── AmountZero              a payment of nothing
├── NothingDue              a collection while nothing is due
├── DayOutOfOrder           a payment dated before what is already recorded
├── LedgerMismatch          an event of the book disagrees with the recomputed state
└── InputInvalid            a field of an offline input breaks a rule
"""

from __future__ import annotations


class LoanError(Exception):
    """Root of the tree."""


class TermsInvalid(LoanError):
    """`field` (a member, in snake case) breaks `rule` (a short English sentence)."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


class AgreementInvalid(TermsInvalid):
    """A member of the agreement."""


class ConditionsInvalid(TermsInvalid):
    """A member of the agreement's conditions."""


class ConsentInvalid(TermsInvalid):
    """A member of an amendment, a settlement or an assignment."""


class AgreementExpired(LoanError):
    """`timestamp` lies after `deadline`, both Unix seconds."""

    def __init__(self, deadline: int, timestamp: int) -> None:
        super().__init__(f"deadline {deadline} has passed at {timestamp}")
        self.deadline = deadline
        self.timestamp = timestamp


class OutsideStartWindow(LoanError):
    """`today` lies outside `[start_day, first_due_day)`, all days since 1970-01-01."""

    def __init__(self, start_day: int, first_due_day: int, today: int) -> None:
        super().__init__(f"day {today} lies outside [{start_day}, {first_due_day})")
        self.start_day = start_day
        self.first_due_day = first_due_day
        self.today = today


class LoanNotActive(LoanError):
    """The loan is closed or was never opened."""


class AmountZero(LoanError):
    """A payment must be at least one base unit."""


class NothingDue(LoanError):
    """Only what is due can be collected."""


class DayOutOfOrder(LoanError):
    """`day` lies before `earliest`, up to which the loan is already settled."""

    def __init__(self, day: int, earliest: int) -> None:
        super().__init__(f"day {day} lies before day {earliest}")
        self.day = day
        self.earliest = earliest


class LedgerMismatch(LoanError):
    """The chain says `actual` where these mathematics give `expected`."""

    def __init__(self, loan_id: bytes, what: str, expected: object, actual: object) -> None:
        super().__init__(
            f"loan 0x{loan_id.hex()}: {what} should be {expected}, the chain says {actual}"
        )
        self.loan_id = loan_id
        self.what = what
        self.expected = expected
        self.actual = actual


class InputInvalid(LoanError):
    """The value at JSON pointer `pointer` (RFC 6901) breaks `rule` (a short English sentence)."""

    def __init__(self, pointer: str, rule: str) -> None:
        super().__init__(f"{pointer or '/'}: {rule}")
        self.pointer = pointer
        self.rule = rule
