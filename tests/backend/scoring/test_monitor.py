"""A card over time: drift, order, calibration, overrides, groups; each with its alert."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.scoring.cards import HEADER, small_card

from tallystick.scoring.alerts import _TEXTS
from tallystick.scoring.card import Card
from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.fairness import judge, number_groups, order
from tallystick.scoring.monitor import Watched, monitor
from tallystick.scoring.scorer import Scorer


def rows_of(card: Card, count: int, seed: int, **fixed: Any) -> list[dict[str, Any]]:
    """Applicants whose outcomes follow the card."""
    rng = random.Random(seed)
    scorer = Scorer(card)
    rows = []
    for number in range(count):
        row = {
            "income": rng.randint(500, 3000),
            "debt": rng.randint(0, 300),
            "late1": rng.randint(0, 3),
            "late2": rng.randint(0, 3),
            "late3": rng.randint(0, 3),
            "job": rng.choice(["cook", "smith", "?"]),
            "sex": rng.choice("fm"),
            "id": number,
        } | fixed
        pd = scorer.score({k: str(v) for k, v in row.items()}).pd
        rows.append(row | {"bad": int(rng.random() < pd)})
    return rows


def write(path: Path, rows: list[dict[str, Any]], *more: str) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*HEADER.split(","), *more])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def card() -> Card:
    plain = small_card()
    scores = [
        Scorer(plain).score({k: str(v) for k, v in row.items()}).log_odds
        for row in rows_of(plain, 2000, 1)
    ]
    tenths = np.quantile(scores, np.arange(1, 10) / 10).tolist()
    plain.provenance["tenths"] = tenths
    return plain


def codes(report: dict[str, Any]) -> set[tuple[str, str]]:
    found = {(alert["code"], alert["where"]) for alert in report["alerts"]}
    return {
        one for one in found if one[0] != "feature_shift"
    }  # the sample card's counts are made up


def test_what_goes_wrong_in_one_period_is_told_of_it(card: Card, tmp_path: Path) -> None:
    good = [row | {"month": "2026-01"} for row in rows_of(card, 1800, 2)]
    turned = [row | {"month": "2026-02", "bad": 1 - row["bad"]} for row in rows_of(card, 1200, 3)]
    poor = [row | {"month": "2026-03"} for row in rows_of(card, 700, 4, income=600, late1=3)]
    for number, row in enumerate([*good, *turned, *poor]):
        row["said"] = "decline" if number % 3 else "approve"
        changed = row["month"] == "2026-02" and number % 4 == 0
        row["done"] = "approve" if changed else row["said"]
    file = write(tmp_path / "t.csv", [*good, *turned, *poor], "month", "said", "done")
    expected = monitor(
        card,
        write(tmp_path / "g.csv", good, "month", "said", "done"),
        Watched("month", "said", "done"),
    )["auc"]
    report = monitor(card, file, Watched("month", "said", "done", expected))
    assert list(report["periods"]) == ["2026-01", "2026-02", "2026-03"]
    assert sum(part["rows"] for part in report["periods"].values()) == report["rows"] == 3700
    assert report["periods"]["2026-01"]["auc"] == expected
    assert report["periods"]["2026-02"]["auc"] < 0.5 < expected
    told = {one for one in codes(report) if one[1].startswith("2026")}
    assert told - {("order_lost", "2026-03")} == {  # who are alike are harder to order
        ("order_lost", "2026-02"),
        ("miscalibrated", "2026-02"),
        ("many_overrides", "2026-02"),
        ("score_shift", "2026-03"),
    }
    overrides = report["periods"]["2026-02"]["overrides"]
    assert overrides["ways"].keys() == {"decline to approve"}
    assert report["periods"]["2026-01"]["overrides"] == {"rate": 0, "ways": {}}


def test_groups_that_are_accepted_unequally(card: Card, tmp_path: Path) -> None:
    rows = rows_of(card, 800, 5, sex="m") + rows_of(card, 800, 6, sex="f", late1=3, income=700)
    report = monitor(card, write(tmp_path / "t.csv", rows))
    fair = report["fairness"]["sex"]
    assert set(fair["groups"]) == {"f", "m"}
    assert fair["groups"]["m"]["accepted"] == pytest.approx(0.7, abs=0.05)
    assert not fair["four_fifths"]
    assert fair["calibration_gap"] < 0.05 < fair["equal_opportunity_gap"]
    assert ("disparate_impact", "sex") in codes(report)
    blind = write(
        tmp_path / "b.csv", [{k: v for k, v in row.items() if k != "bad"} for row in rows]
    )
    blind.write_text(blind.read_text().replace(",bad,", ",").replace(",,", ","))
    unknown = monitor(card, blind)
    assert "equal_opportunity_gap" not in unknown["fairness"]["sex"]
    assert unknown["fairness"]["sex"]["disparate_impact"] == fair["disparate_impact"]


def test_columns_that_are_not_there(card: Card, tmp_path: Path) -> None:
    file = write(tmp_path / "t.csv", rows_of(card, 5, 7))
    with pytest.raises(DataInvalid, match="lacks the column month"):
        monitor(card, file, Watched("month"))
    many = [row | {"month": number} for number, row in enumerate(rows_of(card, 300, 8))]
    with pytest.raises(DataInvalid, match="more than 240 periods"):
        monitor(card, write(tmp_path / "m.csv", many, "month"), Watched("month"))


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=40))
def test_order_is_the_share_of_pairs_put_right(rows: list[tuple[int, bool]]) -> None:
    pd = np.array([row[0] / 10 for row in rows])
    bad = np.array([float(row[1]) for row in rows])
    goods, bads = pd[bad == 0], pd[bad == 1]
    if not len(goods) or not len(bads):
        assert order(bad, pd) is None
        return
    right = [(b > g) + (b == g) / 2 for b in bads for g in goods]
    assert order(bad, pd) == pytest.approx(sum(right) / len(right))


def test_small_groups_are_shown_and_not_judged() -> None:
    pd = np.full(500, 0.1)
    values = np.array([1.0] * 498 + [2.0] * 2)
    accepted = values == 1
    answer = judge(number_groups(values), pd, accepted, np.zeros(500))
    assert answer["groups"]["2"]["accepted"] == 0
    assert answer["four_fifths"]


def test_alerts_are_told_in_both_languages() -> None:
    for text in _TEXTS.values():
        assert set(text) == {"en", "zh"}
        for name in ("{where}", "{figure}", "{limit}"):
            assert all(name in told for told in text.values())
