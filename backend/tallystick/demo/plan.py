"""What happens on which day. Days count from the day the demo starts, amounts in base units."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from tallystick.demo.people import (
    AMARA,
    BASHIR,
    CARMEN,
    DIEGO,
    ESTER,
    FELIX,
    GIDEON,
    LINDIWE,
    MARCO,
    Person,
)
from tallystick.loans.calendar import month_day

LENGTH: Final = 214
"""Days from the first to the last."""

UNIT: Final = 10**6
"""One test dollar."""


@dataclass(frozen=True)
class Lend:
    """`borrower` and `lender` sign, and the principal moves. Members as the API's offers take them.

    The first due date lies one period after the start, or on `due_day` of the month after.
    """

    purpose: str
    borrower: Person
    lender: Person
    principal: int
    annual_rate_pct: str
    amortization: str
    frequency: str
    every: int
    count: int
    due_day: int | None = None
    penalty_rate_pct: str = "0"
    grace_days: int = 0
    penalty_cap_days: int = 0
    interest_method: str = "declining"
    plan: tuple[int, ...] = ()
    """custom: balance left after each row."""
    guarantor: Person | None = None
    guaranteed: int = 0
    guarantee_days: int = 0
    deposit: int = 0
    """Collateral, in the same token."""
    default_days: int = 0
    acceleration_days: int = 0

    def first_due_date(self, start: date) -> date:
        """For a loan that starts on `start`."""
        if self.frequency == "months":
            return month_day(start.year, start.month, self.every, self.due_day or start.day)
        return start + timedelta(days=self.every * (7 if self.frequency == "weeks" else 1))


@dataclass(frozen=True)
class Apply:
    """`borrower` applies to Lindiwe. Rate, plan and dates follow from what is decided.

    Members as the API's applications take them. `declared` is what differs from a steady life;
    income and expense are of a month, in whole currency, from the present one on.
    """

    purpose: str
    borrower: Person
    product: str
    use: str
    principal: int
    term: int
    months: tuple[tuple[int, int], ...]
    documents: tuple[str, ...] = ()
    declared: dict[str, str] = field(default_factory=dict, hash=False)
    salary: int = 0
    """Of a month, as a bank statement of half a year shows it; 0 for none."""
    waived: tuple[str, ...] = ()
    """Reasons that two people waive, where the rules leave it to them."""


@dataclass(frozen=True)
class Approve:
    """The borrower lets the book pull up to `amount` from now on."""

    borrower: Person
    amount: int


@dataclass(frozen=True)
class Prepay:
    """The borrower of the loan for `purpose` pays `amount` ahead."""

    purpose: str
    amount: int


@dataclass(frozen=True)
class PayOff:
    """The borrower of the loan for `purpose` closes it."""

    purpose: str


@dataclass(frozen=True)
class Restructure:
    """Both sign easier terms from today on; unpaid interest becomes principal, the penalty goes."""

    purpose: str
    annual_rate: int
    """1e-9 per year."""
    count: int
    watch_rows: int
    reason: int
    """See docs/ledger.md."""


@dataclass(frozen=True)
class Sell:
    """The lender of the loan for `purpose` sells its claim."""

    purpose: str
    buyer: Person
    price: int


Action = Lend | Apply | Approve | Prepay | PayOff | Restructure | Sell

SAVINGS: Final = {
    LINDIWE: 40_000 * UNIT,
    MARCO: 30_000 * UNIT,
    AMARA: 20_000 * UNIT,
    BASHIR: 20_000 * UNIT,
    CARMEN: 8_000 * UNIT,
    DIEGO: 6_000 * UNIT,
    FELIX: 4_000 * UNIT,
    GIDEON: 500 * UNIT,
    ESTER: 2_000 * UNIT,
}
"""What everybody owns on the first day."""

SHOP: Final = Lend(
    "shop refit", AMARA, LINDIWE, 12_000 * UNIT, "12", "level", "months", 1, 12,
    penalty_rate_pct="18", grace_days=3, penalty_cap_days=365,
)  # fmt: skip
VAN: Final = Lend(
    "delivery van", BASHIR, MARCO, 6_000 * UNIT, "10", "equal_principal", "months", 1, 6,
    penalty_rate_pct="15", grace_days=3, penalty_cap_days=365,
)  # fmt: skip
HARVEST: Final = Apply(
    "seed until harvest", BASHIR, "harvest", "working_capital", 5_000 * UNIT, 3,
    ((400, 400), (400, 400), (400, 400), (16_000, 1_000)), ("land_title",),
)  # fmt: skip
GREENHOUSE: Final = Lend(
    "greenhouse", CARMEN, MARCO, 4_000 * UNIT, "18", "level", "weeks", 2, 20,
    penalty_rate_pct="24", grace_days=3, penalty_cap_days=365,
)  # fmt: skip
OVEN: Final = Lend(
    "bakery oven", AMARA, MARCO, 8_000 * UNIT, "8", "interest_only", "months", 1, 12, due_day=31,
    penalty_rate_pct="12", grace_days=3, penalty_cap_days=365,
)  # fmt: skip
WORKSHOP: Final = Apply(
    "workshop roof", BASHIR, "harvest", "green", 9_000 * UNIT, 18,
    ((2_800, 900),), ("land_title",), waived=("documents_missing",),
)  # fmt: skip

BOAT: Final = Lend(
    "fishing boat", DIEGO, MARCO, 3_000 * UNIT, "12", "level", "months", 1, 12,
    penalty_rate_pct="15", grace_days=3, penalty_cap_days=365,
    guarantor=ESTER, guaranteed=600 * UNIT, guarantee_days=10,
    deposit=900 * UNIT, default_days=60, acceleration_days=90,
)  # fmt: skip
SEWING: Final = Lend(
    "sewing machines", AMARA, MARCO, 2_400 * UNIT, "10", "level", "months", 1, 12,
    penalty_rate_pct="15", grace_days=3, penalty_cap_days=365,
)  # fmt: skip
COCOA: Final = Apply(
    "cocoa season", BASHIR, "harvest", "working_capital", 4_000 * UNIT, 7,
    (*[(620, 500)] * 3, (1_800, 600), (620, 500), (5_000, 600), (4_500, 600), (2_500, 600)),
    ("land_title",),
)  # fmt: skip
STALL: Final = Lend(
    "market stall", AMARA, MARCO, 1_200 * UNIT, "10", "level", "months", 1, 12,
    interest_method="flat",
)  # fmt: skip
SCHOOL: Final = Apply(
    "school fees", FELIX, "personal", "consumption", 1_800 * UNIT, 10,
    ((1_500, 950),), ("income_proof",), {"savings": "below_1000"}, salary=1_500,
)  # fmt: skip
CAR: Final = Apply(
    "new car", GIDEON, "personal", "consumption", 6_000 * UNIT, 12,
    ((1_900, 700),), ("income_proof",),
    {"checking_account": "low", "savings": "below_100", "use": "new_car"},
)  # fmt: skip

LOANS: Final = (
    *(SHOP, BOAT, VAN, OVEN, HARVEST, GREENHOUSE),
    *(SEWING, COCOA, STALL, SCHOOL, WORKSHOP),
)
"""In the order in which they begin. Gideon's car is not among them."""

DAYS: Final[dict[int, tuple[Action, ...]]] = {
    0: (Approve(AMARA, 2**256 - 1), Approve(BASHIR, 2**256 - 1), SHOP),
    # The deposit and two installments; the third is paid by the guarantor, ten days late.
    2: (Approve(DIEGO, 1_440 * UNIT), Approve(ESTER, 2**256 - 1), BOAT),
    3: (VAN,),
    5: (OVEN,),
    10: (HARVEST,),
    # Enough for six installments. She forgets the seventh, and the eighth.
    14: (Approve(CARMEN, 1_400 * UNIT), GREENHOUSE),
    20: (SEWING,),
    25: (COCOA,),
    30: (STALL,),
    # He loses his work before the first installment.
    40: (SCHOOL,),
    50: (CAR,),
    65: (Prepay("bakery oven", 3_000 * UNIT),),
    80: (Sell("sewing machines", LINDIWE, 2_000 * UNIT),),
    108: (
        Restructure("school fees", 60_000_000, 12, 6, 2),
        Approve(FELIX, 2**256 - 1),
    ),
    115: (Approve(DIEGO, 2**256 - 1),),
    # In the evening, so that the keeper pulls what is late, and the penalty, on the next day.
    129: (Approve(CARMEN, 5_000 * UNIT),),
    150: (PayOff("bakery oven"),),
    170: (WORKSHOP,),
}
"""Actions by day, each after the keeper has done that day's work."""
