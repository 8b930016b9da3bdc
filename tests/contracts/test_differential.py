"""The contract and the Python reference agree to the last unit, on random terms and lives."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any

from agreements import BORROWER, LENDER, conditions, terms
from brownie import web3
from eth_abi import decode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import calldata, typed_error
from tests.backend.loans.lives import secured
from tests.backend.loans.strategies import ROWS, agreements

from tallystick.loans.account import Account
from tallystick.loans.bounds import check_agreement, check_conditions
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.conditions import Conditions
from tallystick.loans.errors import LoanError, TermsInvalid
from tallystick.loans.kinds import Status, Transfer
from tallystick.loans.schedule import schedule

SEEDED = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
UNLIMITED = 2**256 - 1
PAY, COLLECT, ACCELERATE, RESTART = range(4)
_SPLIT = "(uint256,uint256,uint256,uint256)"
_OWED = f"({_SPLIT}{',uint256' * 7})"
_LIFE = f"({_OWED},({','.join(['uint256'] * 17)}))[]"
LATE, WATCH_LEFT, WATCH_ROWS = 1 << 3, 9, 17


def plan_code(plan: tuple[int, ...]) -> str:
    """What the contract `rows` must consist of."""
    return "0x00" + "".join(balance.to_bytes(12).hex() for balance in plan)


def ask(contract: Any, method: str, *args: Any, plan: tuple[int, ...] = ()) -> dict[str, Any]:
    """The node's answer to a call while the rows of the plan stand where they should."""
    call = {
        "to": contract.address,
        "data": calldata(contract, method, *args),
        "gas": hex(2 * 10**9),
    }
    overrides = {ROWS: {"code": plan_code(plan)}} if plan else {}
    answer: dict[str, Any] = web3.provider.make_request("eth_call", [call, "latest", overrides])
    return answer


@st.composite
def steps(draw: st.DrawFn, agreement: Any) -> list[tuple[int, int, int, int, int]]:
    """What happens, when, and how much: on and around due days or far late, from dust to all."""
    day = begin_day(agreement, 0)
    first, last = due_day(agreement, 0), due_day(agreement, agreement.count - 1)
    out = []
    for _ in range(draw(st.integers(1, 12))):
        row = draw(st.integers(0, agreement.count - 1))
        around = due_day(agreement, row) + draw(st.integers(-2, 8))
        target = draw(st.sampled_from([around, around, day]) | st.integers(day, last + 400))
        day = max(day, target)
        act = draw(st.sampled_from([PAY] * 6 + [COLLECT] * 3 + [ACCELERATE, RESTART]))
        share = max(1, agreement.principal // agreement.count)
        amount = draw(
            st.integers(1, 3)
            | st.integers(1, share)
            | st.integers(1, 2 * agreement.principal)
            | st.just(UNLIMITED)
        )
        deferred = 0
        if act == RESTART:
            if day >= first:
                continue
            amount = draw(st.integers(1, agreement.principal))
            deferred = draw(st.integers(0, share))
        out.append((act, day, amount, deferred, draw(st.integers(0, 3))))
    return out


def apply(account: Account, step: tuple[int, int, int, int, int]) -> tuple[int, ...]:
    """The split and the outstanding principal after it; raises when nothing can happen."""
    act, day, amount, deferred, watch = step
    if act == ACCELERATE:
        owed = account.owed(day)
        if account.accelerated or not owed.outstanding or not owed.days_past_due:
            raise LoanError  # as the book refuses it
        account.fall_due(day, owed.row, owed.outstanding, owed.due.interest + owed.accrued)
        return 0, 0, 0, 0
    if act == RESTART:
        account.begin_again(day, account.agreement, amount, deferred)
        account.watch_left = account.watch_rows = watch
        return 0, 0, 0, 0
    return account.pay(day, amount if act == PAY else None)


def state_of(account: Account) -> tuple[Any, ...]:
    debt, penalty, carry = account.state()
    return (
        (debt.balance, debt.row_paid, debt.row, debt.accrued_to),
        (debt.late, debt.watch_left, debt.watch_rows),
        # a closed loan carries nothing; the harness has no storage to clear
        astuple(carry) if debt.balance else None,
        astuple(penalty),
    )


def expected(agreement: Any, life: list[Any]) -> tuple[list[Any], list[Any]]:
    """The steps that do something, and what is owed before and true after each."""
    account = Account(agreement)
    done, wanted = [], []
    for step in life:
        if account.status is Status.CLOSED:
            break
        owed = astuple(account.owed(step[1]))
        try:
            split = apply(account, step)
        except LoanError:
            continue
        done.append(step)
        wanted.append((owed, split, state_of(account)))
    return done, wanted


def seen(account: tuple[int, ...]) -> tuple[Any, ...]:
    balance, row_paid, row, accrued_to, flags, deferred, installment, points, paid, day = account[
        :10
    ]
    return (
        (balance, row_paid, row, accrued_to),
        (bool(flags & LATE), flags >> WATCH_LEFT & 255, flags >> WATCH_ROWS & 255),
        (deferred, installment) if balance else None,
        (points, paid, day),
    )


@settings(SEEDED, max_examples=700)
@given(data=st.data())
def test_lives_are_equal(harness, data):
    agreement = data.draw(agreements(max_count=30))
    life, wanted = expected(agreement, data.draw(steps(agreement)))
    answer = ask(harness, "play", terms(agreement), life, plan=agreement.plan)
    assert "error" not in answer, answer["error"]
    played = decode([_LIFE], bytes.fromhex(answer["result"][2:]))[0]
    assert len(played) == len(wanted)
    for step, (owed, account), (owed_, split, state) in zip(life, played, wanted, strict=True):
        assert owed == owed_
        assert account[12:16] == split[:4]
        if step[0] in (PAY, COLLECT):
            assert account[16] == split[4]
        assert seen(account) == state


ALTERED = {
    "count": (0, 600),
    "every": (0, 121),
    "due_day": (31, 0),
    "start_date": (20310229, 0),
    "first_due_date": (22000101, 20310000),
    "principal": (2**96 - 1, 0),
    "quantum": (2**90, 0),
    "installment": (0, 2**95),
    "annual_rate": (10**10 + 1,),
    "prepayment_fee": (10**9, 10**9 + 1),
    "grace_days": (365, 366),
    "penalty_cap_days": (3650, 3651),
    "grace_principal": (0, 1, 5),
    "grace_interest": (0, 1, 5),
    "interest_method": (0, 1),
    "amortization": (0, 1, 2, 3),
}


def invalid(check: Any, value: Any) -> str | None:
    """The member that Python refuses, as the contract names it."""
    try:
        check(value)
    except TermsInvalid as error:
        first, *rest = error.field.split("_")
        return first + "".join(word.title() for word in rest)
    return None


@settings(SEEDED, max_examples=350)
@given(data=st.data())
def test_schedules_and_bounds_are_equal(book, data):
    agreement = replace(data.draw(agreements()), borrower=BORROWER.address, lender=LENDER.address)
    name = data.draw(st.sampled_from([*ALTERED, *[""] * 6]))
    if name:
        value = data.draw(st.sampled_from(ALTERED[name]))
        kind = type(getattr(agreement, name))
        agreement = replace(agreement, **{name: kind(value)})
    answer = ask(book, "scheduleOf", terms(agreement), plan=agreement.plan)
    if invalid(check_agreement, agreement):
        assert typed_error(book, answer["error"]["data"])[0] == "AgreementInvalid"
        return
    rows = decode([f"{_SPLIT}[]"], bytes.fromhex(answer["result"][2:]))[0]
    assert rows == tuple(
        (row.due_day, row.interest, row.principal, row.balance) for row in schedule(agreement)
    )


@settings(SEEDED, max_examples=250)
@given(data=st.data())
def test_bounds_of_conditions_are_equal(harness, book, data):
    agreement = replace(data.draw(secured()), borrower=BORROWER.address, lender=LENDER.address)
    address = st.sampled_from(["0x" + "00" * 20, BORROWER.address, LENDER.address, ROWS])
    word = st.sampled_from([bytes(32), b"\1" * 32])
    number = st.sampled_from([0, 1, 30, 365, 366])
    kinds = {"Address": address, "Bytes32": word, "Transfer": st.sampled_from(Transfer)}
    changes = {}
    for field in Conditions.__dataclass_fields__.values():
        if data.draw(st.integers(0, 7)) == 0 and field.name not in ("document_hash", "deadline"):
            changes[field.name] = data.draw(kinds.get(str(field.type), number))
    agreement = replace(agreement, conditions=replace(agreement.conditions, **changes))
    answer = ask(harness, "checkConditions", terms(agreement), conditions(agreement))
    if invalid(check_conditions, agreement):
        assert typed_error(book, answer["error"]["data"])[0] == "ConditionsInvalid"
    else:
        assert "error" not in answer
