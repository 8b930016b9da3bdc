"""The contract and the Python reference agree to the last unit, on random terms and lives."""

from __future__ import annotations

from dataclasses import astuple, replace
from datetime import date, timedelta

import pytest
from brownie import chain, web3
from eth_abi import decode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import (
    BORROWER,
    DAY,
    LENDER,
    STRANGER,
    calldata,
    digest,
    originate,
    plain,
    rpc,
    sender,
    terms,
    timestamp,
    typed_error,
    ymd,
)

from tallystick.loans.bounds import check_agreement
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.debt import Penalty
from tallystick.loans.errors import AgreementInvalid, NothingDue
from tallystick.loans.installment import equal_principal_installment, level_installment
from tallystick.loans.kinds import Amortization, Frequency, Status
from tallystick.loans.ledger import apply_payment, open_debt, owed_at
from tallystick.loans.schedule import schedule

SEEDED = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
UNLIMITED = 2**256 - 1
_OWED = "((uint256,uint256,uint256),uint256,uint256,uint256,uint256,uint256,uint256)"
_LIFE = (
    f"({_OWED},(uint256,uint256,uint256),uint256,"
    "(uint96,uint96,uint16,uint16,uint8,bool),(uint128,uint104,uint24))[]"
)


@st.composite
def agreements(draw, token):
    """Terms of every kind, valid ones mostly, with amounts from one unit to the largest."""
    kind = draw(st.sampled_from(Amortization))
    frequency = draw(st.sampled_from(Frequency))
    start = draw(st.dates(date(1970, 1, 1), date(2190, 1, 1)))
    every = draw(st.integers(1, {0: 90, 1: 13, 2: 12}[frequency]))
    count = 1 if kind is Amortization.BULLET else draw(st.integers(1, 40))
    due_on = draw(st.integers(1, 31)) if frequency is Frequency.MONTHS else 0
    first = start + timedelta(days=draw(st.integers(1, 400)))
    if frequency is Frequency.MONTHS and draw(st.booleans()):
        due_on = start.day
        month = start.month - 1 + every
        first = date(start.year + month // 12, month % 12 + 1, 1)
    if due_on:
        length = (date(first.year + first.month // 12, first.month % 12 + 1, 1) - timedelta(1)).day
        first = first.replace(day=min(due_on, length))
    principal = draw(st.integers(1, 10 ** draw(st.integers(1, 28))))
    quantum = min(principal, 10 ** draw(st.integers(0, 12)))
    rate = draw(st.integers(0, 10 ** draw(st.integers(6, 10))))
    installment = 0
    if kind is Amortization.LEVEL and first > start:
        installment = level_installment(
            principal, rate, quantum, frequency, every, count, start, first, due_on
        )
        installment = draw(st.sampled_from([installment, installment, installment * 2, 1]))
    elif kind is Amortization.EQUAL_PRINCIPAL and count <= principal:
        installment = equal_principal_installment(principal, count, quantum)
    return plain(
        token,
        principal=principal,
        installment=installment,
        quantum=quantum,
        annual_rate=rate,
        penalty_rate=draw(st.sampled_from([0, 180_000_000, 10**10])),
        grace_days=draw(st.sampled_from([0, 1, 3, 365])),
        penalty_cap_days=draw(st.sampled_from([0, 10, 365, 3650])),
        amortization=kind,
        frequency=frequency,
        every=every,
        count=count,
        start_date=ymd(start),
        first_due_date=ymd(first),
        due_day=due_on,
    )


@st.composite
def lives(draw, agreement):
    """Days in order, on and around due days or far late; amounts from dust to more than owed."""
    day = begin_day(agreement, 0)
    last = due_day(agreement, agreement.count - 1)
    steps = []
    for _ in range(draw(st.integers(1, 12))):
        row = draw(st.integers(0, agreement.count - 1))
        target = draw(
            st.one_of(
                st.integers(-2, 8).map(lambda d, row=row: due_day(agreement, row) + d),
                st.integers(day, max(day, last + 400)),
                st.just(day),
            )
        )
        day = max(day, target)
        amount = draw(
            st.one_of(
                st.none(),
                st.integers(1, 3),
                st.integers(1, max(1, 2 * agreement.principal)),
                st.integers(1, max(1, agreement.principal // agreement.count)),
                st.just(UNLIMITED),
            )
        )
        steps.append((day, amount))
    return steps


def is_valid(agreement):
    try:
        check_agreement(agreement)
    except AgreementInvalid:
        return False
    return True


def expected(agreement, steps):
    """The life by the Python reference in the harness's shape, None where nothing was taken."""
    debt, penalty = open_debt(agreement), Penalty()
    out = []
    for day, amount in steps:
        if debt.status is not Status.ACTIVE:
            break
        owed = owed_at(agreement, debt, penalty, day)
        try:
            debt, penalty, split = apply_payment(agreement, debt, penalty, day, amount)
        except NothingDue:
            out.append((astuple(owed), (0, 0, 0), None, None, None))
            continue
        after = owed_at(agreement, debt, penalty, day).outstanding
        out.append((astuple(owed), astuple(split), after, astuple(debt), astuple(penalty)))
    return out


@pytest.fixture(scope="module")
def play(harness):
    def call(agreement, steps):
        encoded = [(day, UNLIMITED if a is None else a, a is not None) for day, a in steps]
        data = calldata(harness, "play", terms(agreement), encoded)
        answer = web3.provider.make_request(
            "eth_call", [{"to": harness.address, "data": data, "gas": hex(10**9)}, "latest"]
        )
        assert "error" not in answer, answer["error"]
        return decode([_LIFE], bytes.fromhex(answer["result"][2:]))[0]

    return call


@settings(SEEDED, max_examples=600)
@given(data=st.data())
def test_lives_are_equal(dollar, play, data):
    agreement = data.draw(agreements(dollar).filter(is_valid))
    steps = data.draw(lives(agreement))
    wanted = expected(agreement, steps)
    # a collection that takes nothing changes nothing, except that the harness closes empty rows
    life = play(agreement, [s for s, w in zip(steps, wanted, strict=False) if w[2] is not None])
    wanted = [w for w in wanted if w[2] is not None]
    assert len([step for step in life if step[3][4]]) == len(wanted)
    for step, (owed, split, outstanding, debt, penalty) in zip(life, wanted, strict=True):
        assert step[0] == owed
        assert step[1] == split
        assert step[2] == outstanding
        assert step[3] == debt
        assert step[4] == penalty


@settings(SEEDED, max_examples=300)
@given(data=st.data())
def test_schedules_and_bounds_are_equal(book, dollar, data):
    agreement = data.draw(agreements(dollar))
    name, value = data.draw(
        st.sampled_from(
            [
                ("count", 0),
                ("count", 600),
                ("every", 0),
                ("every", 121),
                ("due_day", 31),
                ("due_day", 0),
                ("start_date", 20310229),
                ("first_due_date", 22000101),
                ("first_due_date", 20310000),
                ("principal", 2**96 - 1),
                ("principal", 0),
                ("quantum", 2**90),
                ("installment", 0),
                ("annual_rate", 10**10 + 1),
                *[("grace_days", agreement.grace_days)] * 10,
            ]
        )
    )
    agreement = replace(agreement, **{name: value})
    call = {"to": book.address, "data": calldata(book, "scheduleOf", terms(agreement))}
    answer = web3.provider.make_request("eth_call", [call, "latest"])
    if not is_valid(agreement):
        assert typed_error(book, answer["error"]["data"])[0] == "AgreementInvalid"
        return
    rows = decode(["(uint256,uint256,uint256,uint256)[]"], bytes.fromhex(answer["result"][2:]))[0]
    assert rows == tuple(
        (row.due_day, row.interest, row.principal, row.balance) for row in schedule(agreement)
    )


@settings(SEEDED, max_examples=12)
@given(data=st.data())
def test_the_book_itself_lives_the_same_life(book, dollar, data):
    """End to end through signatures, storage, events and the token, on the real clock."""
    chain.revert()  # to the state before the test
    base = plain(dollar)
    agreement = data.draw(
        agreements(dollar)
        .map(
            lambda a: replace(
                a, principal=max(a.count, a.principal % 10**11), start_date=base.start_date
            )
        )
        .map(_refit)
        .filter(is_valid)
    )
    steps = data.draw(lives(agreement))
    originate(book, agreement)
    debt, penalty = open_debt(agreement), Penalty()
    loan_id = "0x" + digest(book, agreement).hex()
    for party in (BORROWER, LENDER):
        dollar.mint(party.address, 10**18, {"from": sender(STRANGER)})
    second = timestamp(date(2031, 1, 31), 3600)
    for day, amount in steps:
        second = max(day * DAY, second + 1)
        owed = owed_at(agreement, debt, penalty, day)
        if debt.status is not Status.ACTIVE or (amount is None and owed.due.total == 0):
            continue
        assert tuple(map(_deep, book.owedAt(terms(agreement), second))) == astuple(owed)
        rpc("evm_setNextBlockTimestamp", second)
        if amount is None:
            tx = book.collect(terms(agreement), {"from": sender(STRANGER)})
        else:
            tx = book.pay(terms(agreement), amount, {"from": sender(BORROWER)})
        debt, penalty, split = apply_payment(agreement, debt, penalty, day, amount)
        event = tx.events["Paid"]
        assert (event["penalty"], event["interest"], event["principal"]) == astuple(split)
        after = owed_at(agreement, debt, penalty, day).outstanding
        assert event["outstanding"] == after
        stored, carried = book.debtOf(loan_id)
        assert (tuple(stored), tuple(carried)) == (astuple(debt), astuple(penalty))


def _deep(value):
    return tuple(value) if isinstance(value, tuple) else value


def _refit(agreement):
    """Moves a drawn agreement to the tests' start date, keeping its shape."""
    start = date(2031, 1, 31)
    first = start + timedelta(days=1 + agreement.first_due_date % 60)
    on = 0
    if agreement.frequency is Frequency.MONTHS:
        on = first.day
    changes = {"first_due_date": ymd(first), "due_day": on}
    changes["quantum"] = min(agreement.quantum, agreement.principal)
    if agreement.amortization is Amortization.LEVEL:
        changes["installment"] = level_installment(
            agreement.principal,
            agreement.annual_rate,
            changes["quantum"],
            agreement.frequency,
            agreement.every,
            agreement.count,
            start,
            first,
            on,
        )
    elif agreement.amortization is Amortization.EQUAL_PRINCIPAL:
        changes["installment"] = equal_principal_installment(
            agreement.principal, agreement.count, changes["quantum"]
        )
    return replace(agreement, **changes)
