"""The example catalogue and policy of the repository, and cases for them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from tests.backend.decisions.cards import lending_card

from tallystick.decisions.case import Case
from tallystick.decisions.catalogue import Catalogue
from tallystick.decisions.document import read_yaml
from tallystick.decisions.examples import case_of
from tallystick.decisions.policy import Example, Policy
from tallystick.decisions.releases import Bench
from tallystick.decisions.scores import CaseScorer

LENDING = Path(__file__).parents[3] / "lending"


@cache
def catalogue() -> Catalogue:
    return Catalogue.parse(read_yaml(LENDING / "catalogue.yaml"), "catalogue")


@cache
def policy() -> Policy:
    return Policy.parse(read_yaml(LENDING / "policy.yaml"), "policy")


def bench(intercept: float = -4.4) -> Bench:
    return Bench(catalogue(), policy(), CaseScorer(lending_card(intercept)))


def case(**changes: Any) -> Case:
    """A salaried applicant of low risk who asks for 5,000 over two years."""
    members = {
        "name": "case",
        "product": "personal",
        "purpose": "consumption",
        "jurisdiction": "CN",
        "amount": "5000.00",
        "term": 24,
        "pd_pct": "1.5",
        "free": ["1500.00"],
        "expect": {"outcome": "approve"},
    }
    return case_of(Example.model_validate(members | changes), catalogue(), policy())
