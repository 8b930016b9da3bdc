from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tallystick.loans.delinquency.days import Pause, counted_from
from tallystick.loans.delinquency.exposure import Exposure
from tallystick.loans.delinquency.policy import PPM, AssetClass, Policy
from tallystick.loans.delinquency.portfolio import EMPTY, Tally, classify
from tallystick.loans.delinquency.standing import Standing, standing

DAY = 20_000
EXPOSURES = st.lists(
    st.builds(Exposure, st.integers(DAY - 500, DAY + 40), st.integers(1, 2**96 - 1)), max_size=40
)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    def rising(least: int, size: int | None) -> st.SearchStrategy[tuple[int, ...]]:
        values = st.lists(
            st.integers(least, 450), unique=True, min_size=size or 1, max_size=size or 6
        )
        return values.map(lambda found: tuple(sorted(found)))

    rates = draw(st.lists(st.integers(0, PPM), min_size=5, max_size=5))
    return Policy(
        draw(rising(1, None)), draw(rising(0, 4)), tuple(sorted(rates)), draw(rising(0, None))
    )


@given(EXPOSURES, policies())
def test_a_portfolio_is_the_sum_of_its_loans(loans: list[Exposure], policy: Policy) -> None:
    alone = [standing(loan, DAY, policy) for loan in loans]
    result = classify(iter(loans), DAY, policy)

    def total(of: list[Standing]) -> Tally:
        return Tally(len(of), sum(loan.outstanding for loan in of))

    assert result.total == total(alone)
    for label, part in result.buckets.items():
        assert part == total([loan for loan in alone if loan.bucket == label])
    for kind, part in result.classes.items():
        members = [loan for loan in alone if loan.asset_class is kind]
        assert part == total(members)
        # rounded up once for the class, so never above the loans' own and less than one each below
        own = sum(loan.provision for loan in members)
        assert own - len(members) < result.provisions[kind] <= own or not members
    for above, part in result.par.items():
        assert part == total([loan for loan in alone if loan.days_past_due > above])
        assert 0 <= result.par_ppm(above) <= PPM


@given(EXPOSURES, policies())
def test_every_breakdown_sums_to_the_whole_and_par_falls(
    loans: list[Exposure], policy: Policy
) -> None:
    result = classify(loans, DAY, policy)
    assert sum(result.buckets.values(), EMPTY) == result.total
    assert sum(result.classes.values(), EMPTY) == result.total
    steps = [result.par[above].outstanding for above in policy.par_above]
    assert steps == sorted(steps, reverse=True)


@given(
    EXPOSURES,
    st.integers(0, 30),
    st.lists(
        st.builds(Pause, st.integers(DAY - 400, DAY), st.integers(DAY - 400, DAY)), max_size=3
    ),
)
def test_grace_and_pauses_enter_as_a_later_due_day(
    loans: list[Exposure], grace: int, pauses: list[Pause]
) -> None:
    policy = Policy(after_grace=True)
    moved = [
        Exposure(counted_from(loan.due_day, DAY, grace, pauses), loan.outstanding) for loan in loans
    ]
    result = classify(moved, DAY, policy)
    for kind in AssetClass:
        members = [
            loan.outstanding
            for loan in loans
            if standing(loan, DAY, policy, grace, pauses).asset_class is kind
        ]
        assert result.classes[kind] == Tally(len(members), sum(members))


def test_par_of_a_known_portfolio() -> None:
    loans = [(DAY, 500), (DAY - 1, 100), (DAY - 2, 100), (DAY - 31, 200), (DAY - 91, 100)]
    result = classify(loans, DAY)
    assert result.to_json()["par"] == {
        "1": {"loans": 3, "outstanding": "400", "ppm": 400_000},
        "30": {"loans": 2, "outstanding": "300", "ppm": 300_000},
        "90": {"loans": 1, "outstanding": "100", "ppm": 100_000},
    }
    # 1 % of 500, 2 % of 400, 25 % of 100
    assert result.provision == 5 + 8 + 25


def test_an_empty_portfolio_has_no_risk() -> None:
    result = classify([], DAY)
    assert (result.total, result.provision, result.par_ppm(30)) == (EMPTY, 0, 0)
