"""One applicant and many rows are scored alike, to the bit of every bin and reason."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.scoring.cards import HEADER, small_card, write

from tallystick.scoring.apply import apply_card
from tallystick.scoring.batch import BatchScorer
from tallystick.scoring.card import dump_card, load_card
from tallystick.scoring.errors import DataInvalid, ModelInvalid
from tallystick.scoring.scorer import Scorer
from tallystick.scoring.table import Piece

CARD = small_card()
ONE = Scorer(CARD)
MANY = BatchScorer(CARD)

_number = st.one_of(
    st.sampled_from(["", "-1", "0", "100", "1000", "2000", "0.5", "1", "3", "-0.0", "nan"]),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.integers(-5, 3000).map(str),
)
_row = st.fixed_dictionaries(
    dict.fromkeys(("income", "debt", "late1", "late2", "late3"), _number)
    | {"job": st.sampled_from(["cook", "smith", "?", "", "poet", "Cook"])}
)


@given(st.lists(_row, min_size=1, max_size=20))
def test_one_and_many_are_scored_alike(rows: list[dict[str, str]]) -> None:
    cells = {name: tuple(row[name] for row in rows) for name in rows[0]}
    piece = Piece(cells, list(range(len(rows))))
    together = MANY.score(piece)
    bins = MANY.bins(piece)
    for place, row in enumerate(rows):
        alone = ONE.score(row)
        assert [int(codes[place]) for codes in bins] == ONE.bins(row)
        assert together.log_odds[place] == alone.log_odds
        assert math.isclose(together.pd[place], alone.pd, rel_tol=1e-12, abs_tol=1e-300)
        assert together.score[place] == alone.score
        assert together.reasons[place] == "; ".join(reason.text for reason in alone.reasons)


def test_terms_add_up() -> None:
    applicant = {"income": 1500.0, "debt": 900, "late1": 2, "late2": 0, "late3": None, "job": "x"}
    scored = ONE.score(applicant)
    # bins: income 2, debt 2, job other, mean 1.0 -> 3, max 2, min 1, range 2.0 -> 3, times 1 -> 1,
    # ratio 0.6 -> 3, late1 - mean = 1.0 -> 2
    mains = 0.1 + 0.25 + 0.0 + 1.1 + 0.15 - 0.01 + 0.3 - 0.02 + 0.4
    pairs = 0.01 * 3 * 2 + 0.1 * (3 - 2)
    assert scored.log_odds == pytest.approx(-1.5 + mains + pairs, abs=1e-12)
    assert scored.pd == pytest.approx(1 / (1 + math.exp(-scored.log_odds)), abs=1e-15)
    assert [reason.text for reason in scored.reasons] == [
        "mean of late1 … late3: 1 or more",
        "debt / income: 0.5 or more",
        "highest minus lowest of late1 … late3: 2 or more",
        "debt: 100 or more",
    ]
    points = 20 / math.log(2)
    assert scored.reasons[0].points == pytest.approx(-points * (1.1 + 0.05), abs=1e-9)
    assert scored.score == round(600 - points * (scored.log_odds + math.log(50)))
    chinese = Scorer(CARD, "zh").score(applicant)
    assert chinese.reasons[3].text == "负债：100 及以上"


@pytest.mark.parametrize("value", ["abc", True, math.inf, [1], "1e999"])
def test_a_number_must_be_one(value: object) -> None:
    row: dict[str, object] = dict.fromkeys(("income", "late1", "late2", "late3", "job"))
    with pytest.raises(DataInvalid) as caught:
        ONE.score(row | {"debt": value})
    assert caught.value.column == "debt"
    with pytest.raises(DataInvalid, match="debt"):
        ONE.score(row)


def test_whole_numbers_as_texts_have_one_meaning() -> None:
    coded = replace(CARD.features[2], levels=("1", "2"))
    card = replace(CARD, features=(*CARD.features[:2], coded, *CARD.features[3:]))
    row: dict[str, object] = dict.fromkeys(("income", "debt", "late1", "late2", "late3"))
    one, many = Scorer(card), BatchScorer(card)
    for job, place in (("2", 2), ("2.0", 2), (2, 2), (2.0, 2), ("3.0", 3), (math.nan, 0)):
        assert one.bins(row | {"job": job})[2] == place
    cells = dict.fromkeys(row, ("", "", "")) | {"job": ("2", "2.0", "2.00")}
    assert many.bins(Piece(cells, [2, 3, 4]))[2].tolist() == [2, 2, 3]


def test_a_card_survives_its_bytes() -> None:
    assert load_card(dump_card(CARD)) == CARD
    assert dump_card(load_card(dump_card(CARD))) == dump_card(CARD)


@pytest.mark.parametrize(
    "damage",
    [
        {"mains": (replace(CARD.mains[0], values=(1.0,)),)},
        {"features": (replace(CARD.features[0], cuts=(2.0, 1.0)), *CARD.features[1:])},
        {"derived": CARD.derived[1:]},
        {"features": (replace(CARD.features[0], of="sex"), *CARD.features[1:])},
    ],
)
def test_a_card_that_does_not_hold_together_is_refused(damage: dict[str, object]) -> None:
    with pytest.raises(ModelInvalid):
        load_card(dump_card(replace(CARD, **damage)))  # type: ignore[arg-type]


def _apply(tmp_path: Path, data: Path) -> list[str]:
    out = tmp_path / "scores.csv"
    apply_card(CARD, data, out, language="en", say=lambda _: None)
    return out.read_text(encoding="utf-8").splitlines()


def test_apply_needs_neither_target_nor_protected_nor_excluded(tmp_path: Path) -> None:
    full = write(tmp_path / "a.csv", "1500,900,2,0,,poet,f,1,77", "5,,1,1,1,cook,m,0,78")
    short = write(
        tmp_path / "b.csv",
        "poet,1500,900,2,0,",
        "cook,5,,1,1,1",
        header="job,income,debt,late1,late2,late3",
    )
    lines = _apply(tmp_path, full)
    assert lines == _apply(tmp_path, short)
    assert lines[0] == "pd,score,reasons"
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        (HEADER.replace("debt,", ""), "1,2,0,0,cook,f,1,7", "lacks the column debt"),
        (HEADER.replace(",", ";"), "1;2", "separates by ';'"),
        (HEADER + ",new", "1,2,0,0,0,cook,f,1,7,9", "has the column new"),
        (HEADER, "1,2,0,0,0,cook,f,1,7\n1,x,0,0,0,cook,f,1,7", "line 3, column debt"),
    ],
)
def test_nothing_half_written(tmp_path: Path, header: str, row: str, message: str) -> None:
    data = write(tmp_path / "a.csv", row, header=header)
    with pytest.raises(DataInvalid) as caught:
        _apply(tmp_path, data)
    assert message in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
