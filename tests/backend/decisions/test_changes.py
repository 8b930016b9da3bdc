"""What would change a decision: in reach, and tried out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.backend.decisions.cards import lending_card
from tests.backend.decisions.documents import case, catalogue, policy

from tallystick.decisions.changes import changes
from tallystick.decisions.releases import Bench
from tallystick.decisions.scores import CaseScorer
from tallystick.scoring.card import Feature, Main


def bench(place: int, feature: Feature, values: tuple[float, ...]) -> Bench:
    """A scorecard in which one feature decides."""
    card = lending_card()
    features, mains = list(card.features), list(card.mains)
    features[place], mains[place] = feature, Main(place, values)
    changed = replace(card, features=tuple(features), mains=tuple(mains))
    return Bench(catalogue(), policy(), CaseScorer(changed))


@pytest.mark.parametrize("asked", ["5000.00", "20000.00"])
def test_the_amount_in_the_middle_that_a_scorecard_trusts(asked: str) -> None:
    feature = Feature("credit_amount", (1500.0, 4500.0), None, (0, 9, 7, 4))
    by = bench(2, feature, (0.0, 6.0, -0.2, 6.0))
    found = changes(case(amount=asked, jurisdiction="KE"), by)
    assert [(each.fields, each.outcome) for each in found] == [({"amount": "4450.00"}, "approve")]


def test_a_shorter_term_that_a_scorecard_trusts() -> None:
    feature = Feature("duration_in_month", (13.0, 24.0), None, (0, 9, 7, 4))
    by = bench(1, feature, (0.0, -0.2, 6.0, 6.0))
    found = changes(case(), by)
    assert [each.fields for each in found] == [{"term": "10"}]
    assert changes(case(term=10), by) == []
