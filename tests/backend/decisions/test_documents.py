"""Catalogue and policy: whole, named by their content, and wrong in a way that is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.backend.decisions.cards import lending_card
from tests.backend.decisions.documents import LENDING, catalogue, policy

from tallystick.decisions.catalogue import Catalogue
from tallystick.decisions.document import canonical, digest, read_yaml
from tallystick.decisions.errors import DocumentInvalid
from tallystick.decisions.policy import Policy
from tallystick.decisions.releases import check_documents
from tallystick.demo.scorecard import FOLDER, PUBLIC
from tallystick.scoring.card import dump_card
from tallystick.scoring.errors import ModelInvalid
from tallystick.scoring.store import load_model

CATALOGUE = read_yaml(LENDING / "catalogue.yaml")
POLICY = read_yaml(LENDING / "policy.yaml")
CARD = dump_card(lending_card())


def changed(body: bytes, path: str, value: Any) -> bytes:
    """The document with one member replaced, `a.b.0` its path; None takes it out."""
    data = json.loads(body)
    *way, last = path.split(".")
    at = data
    for step in way:
        at = at[int(step)] if isinstance(at, list) else at[step]
    if value is None:
        del at[last]
    else:
        at[int(last) if isinstance(at, list) else last] = value
    return canonical(data)


def test_the_examples_of_the_repository_are_whole() -> None:
    assert check_documents(CATALOGUE, POLICY, CARD) == len(policy().cases) >= 16


def test_the_scorecard_of_the_demo_fits_the_examples() -> None:
    with pytest.raises(ModelInvalid, match="not trusted"):
        load_model(FOLDER)
    card = dump_card(load_model(FOLDER, (PUBLIC,)).card)
    assert check_documents(CATALOGUE, POLICY, card) == len(policy().cases)


def test_the_name_of_a_document_is_its_content(tmp_path: Path) -> None:
    text = (LENDING / "policy.yaml").read_text()
    copy = tmp_path / "copy.yaml"
    copy.write_text("# a remark\n" + text)
    assert digest(read_yaml(copy)) == digest(POLICY)
    copy.write_text(text.replace("valid_days: 7", "valid_days: 8"))
    assert digest(read_yaml(copy)) != digest(POLICY)
    copy.write_text("a: 1\na: 2\n")
    with pytest.raises(DocumentInvalid, match="given twice"):
        read_yaml(copy)


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("products.personal.purposes", ["war"], "there is no purpose war"),
        ("products.personal.jurisdictions", ["DE"], "there is no jurisdiction DE"),
        ("products.personal.documents", ["oath"], "there is no document oath"),
        ("products.personal.amount.step", "0.00", "0 < step"),
        ("products.personal.score.purpose", "declared.mood", "no field mood"),
        ("products.personal.term.least", "40", "least <= most"),
        ("products.personal.plans", ["fixed_principal_percent_with_balloon"], "plans"),
        ("products.personal.grid.A.most_pct", "-1", "grid.A.most_pct"),
        ("products.personal.surprise", "1", "surprise"),
        ("jurisdictions.CN.source", None, "jurisdictions.CN.source"),
    ],
)
def test_a_catalogue_that_does_not_hold_together(path: str, value: Any, where: str) -> None:
    with pytest.raises(DocumentInvalid, match=where):
        Catalogue.parse(changed(CATALOGUE, path, value), "catalogue")


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("rules.0.reason", "no_such_reason", "has no text"),
        ("rules.0.when", {"books.loses": "> 0"}, "no such fact"),
        ("rules.0.when", {"grade": "A"}, "no such fact"),
        ("standing.0.reason", "limit_grade", "no fact here"),
        ("grades", [], "last row"),
        ("exposure.segment_share_pct", {"farmer": "40"}, "lacks"),
        ("cases.0.expect.grade", "B", "grade should be B, is A"),
        ("cases.0.expect.reasons", ["lower_amount"], "should be lower_amount, is meets_policy"),
        ("cases.0.product", "yacht", "no such product"),
        ("offer.counter_offer", "false", "outcome should be approve, is decline"),
    ],
)
def test_a_policy_that_is_wrong_is_not_released(path: str, value: Any, where: str) -> None:
    with pytest.raises(DocumentInvalid, match=where):
        check_documents(CATALOGUE, changed(POLICY, path, value), CARD)


def test_a_scorecard_that_reads_more_than_products_declare() -> None:
    short = changed(CATALOGUE, "products.private.score.credit_amount", None)
    with pytest.raises(DocumentInvalid, match=r"products.private.score.*credit_amount"):
        check_documents(short, POLICY, CARD)


def test_a_policy_may_say_reasons_of_its_own() -> None:
    body = changed(POLICY, "reasons.too_young", {"en": "At {term} months.", "zh": "{term}"})
    body = changed(body, "rules.0", {"outcome": "refer", "reason": "too_young", "when": {}})
    found = Policy.parse(body, "policy")
    found.check(catalogue())
    bad = changed(body, "reasons.too_young.zh", "{rate_pct}")
    with pytest.raises(DocumentInvalid, match="names rate_pct"):
        Policy.parse(bad, "policy").check(catalogue())
