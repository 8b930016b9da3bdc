"""Everything that can go wrong in loan mathematics.

LoanError
├── TermsInvalid            a member of something that is signed breaks a bound
│   ├── AgreementInvalid    of an agreement
│   ├── ConditionsInvalid   of its conditions
│   └── ConsentInvalid      of an amendment, a settlement or an assignment
├── AgreementExpired        originated after its deadline
├── OutsideStartWindow      originated before its start or on or after its first due date
├── LoanNotOpen             something asked of a loan that is closed or was never opened
├── AmountZero              a payment of nothing
├── NothingDue              a payment that can pay nothing
├── DayOutOfOrder           a payment dated before what is already recorded
├── StatusChanged           the loan is not in the status that a call demands
├── NotAgreed               the conditions do not allow it
├── TooEarly                not as many days past due as the conditions demand
├── PenaltyOwed             an amendment while a penalty is owed that it does not waive
├── DebtAbove               an amendment that owes more than the new terms allow, or nothing
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


class LoanNotOpen(LoanError):
    """The loan is closed or was never opened."""


class AmountZero(LoanError):
    """A payment must be at least one base unit."""


class NothingDue(LoanError):
    """Nothing is due, or the amount is too small to pay anything."""


class DayOutOfOrder(LoanError):
    """`day` lies before `earliest`, up to which the loan is already settled."""

    def __init__(self, day: int, earliest: int) -> None:
        super().__init__(f"day {day} lies before day {earliest}")
        self.day = day
        self.earliest = earliest


class StatusChanged(LoanError):
    """The loan is not in the status that a call demands."""


class NotAgreed(LoanError):
    """The conditions do not allow it."""


class TooEarly(LoanError):
    """`days_past_due` are fewer than the `needed` ones."""

    def __init__(self, days_past_due: int, needed: int) -> None:
        super().__init__(f"{days_past_due} days past due, {needed} are needed")
        self.days_past_due = days_past_due
        self.needed = needed


class PenaltyOwed(LoanError):
    """`penalty` base units are owed and not waived."""

    def __init__(self, penalty: int) -> None:
        super().__init__(f"penalty of {penalty} is owed")
        self.penalty = penalty


class DebtAbove(LoanError):
    """`debt` base units would be owed under new terms that allow 1 to `most`."""

    def __init__(self, debt: int, most: int) -> None:
        super().__init__(f"a debt of {debt}, the new terms allow 1 to {most}")
        self.debt = debt
        self.most = most


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
