"""What would change the outcome really changes it, by what is allowed only."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.backend.scoring.cards import SCHEMA, small_card

from tallystick.scoring.card import Card
from tallystick.scoring.counterfactual import counterfactual
from tallystick.scoring.schema import parse_schema
from tallystick.scoring.scorer import Scorer


def card() -> Card:
    columns = SCHEMA["columns"] | {  # type: ignore[operator]
        "income": {"kind": "numeric", "missing": ["-1"], "actionable": "up"},
        "job": {"kind": "categorical", "missing": ["?"], "actionable": "any"},
    }
    return replace(small_card(), schema=parse_schema(SCHEMA | {"columns": columns}))


SCORER = Scorer(card())

_applicant = st.fixed_dictionaries(
    {
        "income": st.floats(1, 5000),
        "debt": st.floats(0, 500),
        "late1": st.integers(0, 3),
        "late2": st.integers(0, 3),
        "late3": st.integers(0, 3),
        "job": st.sampled_from(["cook", "smith", "poet"]),
    }
)


@given(_applicant, st.floats(0.02, 0.6))
def test_changes_are_allowed_and_suffice(applicant: dict[str, object], most: float) -> None:
    found = counterfactual(SCORER, applicant, most)
    if found is None:
        # not even the best of everything that may change is enough
        best = {"income": 1e6, "debt": 0.0, "job": "cook"}
        assert SCORER.score(applicant | best).pd > most
        return
    changed = {change.column: change.proposed for change in found.changes}
    assert SCORER.score(applicant | changed).pd == found.pd <= most
    assert set(changed) <= {"income", "debt", "job"}
    if "income" in changed:
        assert changed["income"] > applicant["income"]  # type: ignore[operator]
    if "debt" in changed:
        assert changed["debt"] < applicant["debt"]  # type: ignore[operator]


def test_whoever_is_there_already_changes_nothing() -> None:
    applicant = {"income": 5000.0, "debt": 0.0, "late1": 0, "late2": 0, "late3": 0, "job": "cook"}
    found = counterfactual(SCORER, applicant, 0.5)
    assert found is not None
    assert (found.changes, found.size) == ((), 0)
