from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import assume, given
from hypothesis import strategies as st

from tallystick.cli import main
from tallystick.loans.errors import InputInvalid
from tallystick.loans.kinds import Frequency
from tallystick.loans.life.parse import parse_life_input
from tallystick.loans.life.terms import InAdvance
from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.quotes.intervals import eu_years
from tallystick.loans.quotes.prepayment import compare_prepayment, quote_payoff
from tallystick.loans.quotes.quote import Quote, quote
from tallystick.loans.quotes.rates import NoRate, effective_rate, percent
from tallystick.loans.quotes.restructuring import compare_restructuring, parse_proposal

LOAN: dict[str, Any] = {
    "principal": "1200",
    "annual_rate_pct": "12",
    "number_of_repayments": 12,
    "disbursement_date": "2026-01-15",
}


def costs(**fields: Any) -> Quote:
    return quote(parse_schedule_input({**LOAN, **fields}))


def test_apr_example_of_the_commission() -> None:
    """COM(1996) 79, Annex III, A, first example: 1,000 lent on 1 January 1994 and 1,200 repaid on
    1 July 1995, "1 1/2 years or 546 days" later: 12.96 %, or 13 %."""
    days = (date(1995, 7, 1) - date(1994, 1, 1)).days
    rate = effective_rate([(Fraction(0), -1000), (Fraction(days, 365), 1200)])
    assert percent(rate) == "12.96"
    assert percent(rate, 0) == "13"


@pytest.mark.parametrize(
    ("start", "end", "frequency", "years"),
    [
        (date(2026, 1, 15), date(2026, 7, 15), Frequency.MONTHS, Fraction(1, 2)),
        (date(2026, 1, 31), date(2026, 2, 28), Frequency.MONTHS, Fraction(1, 12)),
        # One month back from 1 March is 1 February; 17 days of the year that ends then.
        (
            date(2026, 1, 15),
            date(2026, 3, 1),
            Frequency.MONTHS,
            Fraction(1, 12) + Fraction(17, 365),
        ),
        (
            date(2024, 2, 20),
            date(2024, 4, 1),
            Frequency.MONTHS,
            Fraction(1, 12) + Fraction(10, 366),
        ),
        (date(2026, 1, 1), date(2026, 1, 22), Frequency.WEEKS, Fraction(3, 52)),
        (date(2026, 1, 1), date(2026, 1, 24), Frequency.WEEKS, Fraction(3, 52) + Fraction(2, 365)),
        (date(2026, 1, 1), date(2026, 2, 10), Frequency.DAYS, Fraction(40, 365)),
        (date(2024, 1, 1), date(2025, 1, 1), Frequency.DAYS, Fraction(1)),
    ],
)
def test_intervals(start: date, end: date, frequency: Frequency, years: Fraction) -> None:
    assert eu_years(start, end, frequency) == years


def test_a_level_loan_costs_its_compounded_rate() -> None:
    plain = costs(principal="1000000", number_of_repayments=60)
    assert percent(plain.apr) == "12.68"
    assert percent(plain.nominal, 4) == "12.0000"
    assert abs(plain.apr - plain.effective) < Decimal("1e-20")


def test_fees_raise_the_rate() -> None:
    plain = costs()
    dear = costs(charges=[{"when": "disbursement", "percent": "2"}])
    assert dear.apr > plain.apr
    assert dear.cost == plain.cost + 2400
    assert dear.to_json()["apr_pct"] == "17.06"


def test_nothing_costs_nothing() -> None:
    free = costs(annual_rate_pct="0")
    assert (free.cost, percent(free.apr), percent(free.irr, 6)) == (0, "0.00", "0.000000")


def test_bullet_and_down_payment() -> None:
    bullet = costs(amortization="bullet")
    assert percent(bullet.apr) == "12.00"
    down = costs(down_payment_pct="20")
    assert abs(down.apr - costs().apr) < Decimal("0.0001")


def test_no_rate_without_money() -> None:
    with pytest.raises(NoRate):
        effective_rate([(Fraction(0), 5), (Fraction(1), 5)])
    with pytest.raises(InputInvalid, match="/charges"):
        costs(charges=[{"when": "disbursement", "percent": "100"}])


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 10**9)), min_size=1, max_size=12),
    st.integers(1, 10**10),
)
def test_the_rate_solves_the_equation(repaid: list[tuple[int, int]], lent: int) -> None:
    assume(lent // 50 < sum(amount for _, amount in repaid) < 50 * lent)
    flows = [(Fraction(0), -lent), *((Fraction(k, 12), amount) for k, amount in repaid)]
    rate = effective_rate(flows)
    present = sum(
        Decimal(amount) * (-(1 + rate).ln() * when.numerator / when.denominator).exp()
        for when, amount in flows
    )
    assert abs(present) < Decimal(lent) / 10**12


@given(st.integers(1, 48), st.integers(1, 4000), st.integers(0, 500))
def test_rate_and_fee_never_lower_the_apr(count: int, rate: int, fee: int) -> None:
    fields: dict[str, Any] = {"number_of_repayments": count, "principal": "100000"}
    low = costs(**fields, annual_rate_pct=str(rate / 100))
    high = costs(**fields, annual_rate_pct=str((rate + 100) / 100))
    charges = [{"when": "installment", "amount": f"{fee}.01"}]
    dear = costs(**fields, annual_rate_pct=str(rate / 100), charges=charges)
    assert high.apr > low.apr
    assert dear.apr > low.apr


def test_payoff_saves_the_interest_to_come() -> None:
    life = parse_life_input(
        {**LOAN, "events": [{"date": "2026-02-15", "type": "payment", "amount": "106.62"}]}
    )
    answer = quote_payoff(life, date(2026, 3, 1)).to_json()
    # 14 of the 28 days of 11.05, up to the cent
    assert answer == {
        "date": "2026-03-01",
        "payoff": "1110.91",
        "due": {"penalty": "0.00", "fee": "0.00", "interest": "0.00", "principal": "0.00"},
        "not_yet_due": "1110.91",
        "outstanding": "1105.38",
        "interest_saved": "61.89",
    }
    with pytest.raises(InputInvalid, match="/as_of"):
        quote_payoff(life, date(2026, 2, 14))


def test_comparing_the_ways_of_paying_ahead() -> None:
    life = parse_life_input(LOAN)
    ways = compare_prepayment(life, date(2026, 1, 30), 40_000).choices
    saved = {way.in_advance: way.saved for way in ways}
    assert saved[InAdvance.NEXT_INSTALLMENT] == 0
    assert saved[InAdvance.REDUCE_TERM] > saved[InAdvance.REDUCE_INSTALLMENT] > 0
    rows = {way.in_advance: way.to_json()["rows_to_pay"] for way in ways}
    assert rows[InAdvance.REDUCE_INSTALLMENT] == 12
    assert rows[InAdvance.REDUCE_TERM] == 8
    flat = parse_life_input({**LOAN, "interest_method": "flat"})
    assert [way.saved for way in compare_prepayment(flat, date(2026, 1, 30), 40_000).choices] == [0]


@given(st.integers(0, 300), st.integers(1, 120_000))
def test_a_shorter_term_saves_at_least_as_much(days: int, amount: int) -> None:
    life = parse_life_input(LOAN)
    when = date.fromordinal(date(2026, 1, 15).toordinal() + days)
    ways = {way.in_advance: way for way in compare_prepayment(life, when, amount).choices}
    shorter, smaller = ways[InAdvance.REDUCE_TERM], ways[InAdvance.REDUCE_INSTALLMENT]
    rounding = 12
    assert shorter.saved >= smaller.saved - rounding
    assert smaller.saved >= -rounding


RESCUE: dict[str, Any] = {
    **LOAN,
    "events": [{"date": "2026-02-15", "type": "payment", "amount": "106.62"}],
    "as_of": "2026-05-01",
    "proposal": [
        {"date": "2026-05-01", "type": "re_age", "due_date": "2026-06-15", "count": 18},
        {"date": "2026-05-01", "type": "rate_change", "annual_rate_pct": "9"},
    ],
}


def test_restructuring_before_and_after() -> None:
    answer = compare_restructuring(*parse_proposal(RESCUE)).to_json()
    before, after = answer["before"], answer["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["status"], before["due"], before["days_past_due"]) == ("overdue", "213.24", 47)
    assert (after["status"], after["due"], after["days_past_due"]) == ("active", "0.00", 0)
    assert before["outstanding"] == after["outstanding"] == "1105.38"
    assert (after["rows_to_pay"], after["next_due_date"]) == (18, "2026-06-15")
    assert after["last_due_date"] == "2027-11-15"
    assert Decimal(str(after["installment"])) < Decimal(str(before["installment"]))
    change = Decimal(str(after["interest_total"])) - Decimal(str(before["interest_total"]))
    assert Decimal(str(answer["interest_change"])) == change


@pytest.mark.parametrize(
    ("pointer", "fields"),
    [
        ("/proposal", {"proposal": None}),
        ("/proposal/0/date", {"proposal": [{"date": "2026-04-30", "type": "re_amortize"}]}),
        ("/proposal/0/type", {"proposal": [{"date": "2026-05-01", "type": "forget"}]}),
    ],
)
def test_each_wrong_proposal_is_named(pointer: str, fields: dict[str, Any]) -> None:
    with pytest.raises(InputInvalid) as caught:
        compare_restructuring(*parse_proposal({**RESCUE, **fields}))
    assert caught.value.pointer == pointer


@pytest.mark.parametrize("percent", ["90", "99", "100"])
def test_a_rate_beyond_all_reason_is_refused(percent: str) -> None:
    """Nearly everything is kept back for a loan of a day: the yearly rate has 365 digits."""
    terms = {"principal": "1000", "annual_rate_pct": "0", "number_of_repayments": 1}
    charges = [{"when": "disbursement", "percent": percent}]
    loan = {**terms, "frequency": "days", "disbursement_date": "2026-01-01", "charges": charges}
    with pytest.raises(InputInvalid, match="must leave the borrower"):
        quote(parse_schedule_input(loan))


def run(*arguments: str, text: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, list(arguments), input=text)
    return result.exit_code, result.stdout, result.stderr


def test_commands() -> None:
    text = json.dumps(LOAN)
    code, out, _ = run("quote", "-", text=text)
    assert (code, out.splitlines()[-1]) == (
        0,
        "cost 79.42, APR 12.68 % (EU), 12.00 % (US, Regulation Z)",
    )
    code, out, _ = run("quote", "--json", "-", text=text)
    assert json.loads(out)["irr"]["nominal_pct"] == "12.00"
    code, out, _ = run("payoff", "-", "--date", "2026-02-01", text=text)
    assert (code, out.splitlines()[1]) == (0, "payoff: 1206.59")
    code, out, _ = run("payoff", "-", "--date", "2026-02-01", "--prepay", "400", text=text)
    assert (code, len(out.splitlines())) == (0, 5)
    code, out, _ = run("payoff", "--json", "-", "--prepay", "400", text=text)
    assert len(json.loads(out)["choices"]) == 3
    assert run("payoff", "--json", "-", text=json.dumps({**LOAN, "prepay": "400"}))[1] == out
    code, out, _ = run("quote", "-", text=json.dumps(RESCUE))
    assert (code, out.splitlines()[0].split()) == (0, ["before", "after"])
    for command in (("quote", "-"), ("payoff", "-"), ("payoff", "-", "--prepay", "x")):
        code, out, err = run(*command, text="{}" if "--prepay" not in command else text)
        assert (code, out) == (2, "")
        assert "/" in err


def test_help_examples_run() -> None:
    for command in ("quote", "payoff"):
        _, out, _ = run(command, "--help", text="")
        example = out[out.index('{"principal"') : out.rindex("}'") + 1]
        assert run(command, "-", text=example)[0] == 0
