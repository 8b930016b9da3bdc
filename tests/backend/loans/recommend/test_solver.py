"""The seasonal plan against an exact integer solver that knows nothing of how it is found."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model
from tests.backend.loans.recommend.build import ask, loan

from tallystick.loans.recommend.seasonal import balance_floors, repay_early

Rates = list[Fraction]


class Model:
    """Every way to repay `principal` (None: of any size up to `most`) within `limits`.

    Row k is kept or, with `may_skip`, left out; the interest of a kept row counts from the kept row
    before it, rounded half to even. Balances obey `floors`; parts are multiples of `unit` unless
    they repay everything.
    """

    def __init__(
        self,
        most: int,
        limits: list[int],
        floors: list[int],
        rates: Rates,
        unit: int,
        *,
        may_skip: bool,
        principal: int | None,
    ) -> None:
        self.model = model = cp_model.CpModel()
        count = len(limits)
        self.balances = [model.new_int_var(0, most, f"b{k}") for k in range(count + 1)]
        if principal is not None:
            model.add(self.balances[0] == principal)
        model.add(self.balances[count] == 0)
        arcs = []
        self.paid = []
        for k in range(count):
            before, after = self.balances[k], self.balances[k + 1]
            done = model.new_bool_var(f"done{k}")
            model.add(after == 0).only_enforce_if(done)
            model.add(after >= 1).only_enforce_if(~done)
            model.add(after >= floors[k])
            part = model.new_int_var(0, most, f"p{k}")
            model.add(part == before - after)
            times = model.new_int_var(0, most, f"m{k}")
            model.add(part == unit * times).only_enforce_if(~done)
            paid = model.new_int_var(0, max(limits[k], 0), f"i{k}")
            self.paid.append(paid)
            skipped = model.new_bool_var(f"s{k}")
            arcs.append((k + 1, k + 1, skipped))
            model.add(part == 0).only_enforce_if(skipped)
            model.add(paid == 0).only_enforce_if(skipped)
            if not may_skip:
                model.add(skipped == 0)
            for i in range(-1 if may_skip else k - 1, k):
                used = model.new_bool_var(f"y{i},{k}")
                arcs.append((i + 1, k + 1, used))
                rate = sum(rates[i + 1 : k + 1], Fraction(0))
                interest = model.new_int_var(0, round(most * rate), f"t{i},{k}")
                table = [round(rate * balance) for balance in range(most + 1)]
                model.add_element(before, table, interest)
                model.add(paid == interest).only_enforce_if(used)
                model.add(interest + part <= limits[k]).only_enforce_if(used)
        # a circuit through the kept rows: from disbursement (0) over them back to it
        arcs += [(k + 1, 0, model.new_bool_var(f"end{k}")) for k in range(count)]
        model.add_circuit(arcs)

    def solve(self) -> cp_model.CpSolver | None:
        """A solver that has proved its answer; None when there is no way."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        status = solver.solve(self.model)
        assert status in (cp_model.OPTIMAL, cp_model.INFEASIBLE)
        return solver if status == cp_model.OPTIMAL else None


def least_interest(*given: Any, **more: Any) -> int | None:
    model = Model(*given, **more)
    model.model.minimize(sum(model.paid))
    solver = model.solve()
    return None if solver is None else round(solver.objective_value)


@st.composite
def cases(draw: st.DrawFn) -> tuple[int, list[int], list[int], Rates, int]:
    principal = draw(st.integers(1, 120))
    count = draw(st.integers(1, 6))
    typical = 2 * principal // count + 2
    limits = draw(st.lists(st.integers(0, typical), min_size=count, max_size=count))
    least = draw(st.integers(1, count))
    rate = st.sampled_from([Fraction(0), Fraction(1, 100), Fraction(3, 40), Fraction(7, 31)])
    rates = draw(st.lists(rate, min_size=count, max_size=count))
    unit = draw(st.sampled_from([1, 1, 3, 10]))
    return principal, limits, balance_floors(principal, unit, least, count), rates, unit


def interest_of(principal: int, rows: dict[int, int], rates: Rates) -> int:
    total, balance, before = 0, principal, -1
    for k, part in rows.items():
        total += round(balance * sum(rates[before + 1 : k + 1], Fraction(0)))
        balance -= part
        before = k
    assert balance == 0
    return total


def early(case: tuple[int, list[int], list[int], Rates, int], *, may_skip: bool) -> Any:
    principal, limits, floors, rates, unit = case

    def rate(before: int, k: int) -> tuple[int, int]:
        return sum(rates[before + 1 : k + 1], Fraction(0)).as_integer_ratio()

    return repay_early(principal, unit, limits, floors, rate, may_skip=may_skip)


@settings(max_examples=60)
@given(cases())
def test_paying_early_is_the_optimum(
    case: tuple[int, list[int], list[int], Rates, int],
) -> None:
    principal, *rest = case
    found = early(case, may_skip=False)
    optimum = least_interest(principal, *rest, may_skip=False, principal=principal)
    assert (found.left > 0) == (optimum is None)
    if optimum is not None:
        # rows after the last one bear nothing, so the solver may keep them all
        assert interest_of(principal, found.principal, case[3]) == optimum


@settings(max_examples=60)
@given(cases())
def test_leaving_rows_out_is_feasible_alike_and_cheapest_but_for_rounding(
    case: tuple[int, list[int], list[int], Rates, int],
) -> None:
    principal, *rest = case
    found = early(case, may_skip=True)
    optimum = least_interest(principal, *rest, may_skip=True, principal=principal)
    assert (found.left > 0) == (optimum is None)
    if optimum is not None:
        interest = interest_of(principal, found.principal, case[3])
        assert optimum <= interest <= optimum + len(case[1])


@settings(max_examples=25)
@given(
    st.lists(st.integers(0, 24), min_size=1, max_size=6),
    st.booleans(),
    st.sampled_from(["12", "90"]),
)
def test_the_largest_amount_is_the_solvers(free: list[int], may_skip: bool, rate_pct: str) -> None:
    asked = 150
    data = loan(
        str(asked),
        list(free),
        kinds=["custom"],
        most=len(free),
        money_scale=0,
        annual_rate_pct=rate_pct,
        product={"may_skip_rows": may_skip},
    )
    rates = [Fraction(int(rate_pct), 1200)] * len(free)
    model = Model(asked - 1, free, [0] * len(free), rates, 1, may_skip=may_skip, principal=None)
    model.model.maximize(model.balances[0])
    solver = model.solve()
    most = 0 if solver is None else round(solver.objective_value)
    answer = ask(data)
    assert answer.plan is None
    found = answer.largest
    assert (0 if found is None else found.candidate.terms.principal) == most
