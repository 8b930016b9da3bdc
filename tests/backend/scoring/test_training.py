"""`tallystick score train` and `apply`, as their user runs them, on small made tables."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from tallystick.cli import main
from tallystick.scoring.scorer import Scorer
from tallystick.scoring.store import load_model

SCHEMA = """\
target: bad
positive: yes
columns:
  income: {kind: numeric, missing: [-1], monotone: decreasing}
  debt: {kind: numeric}
  wave: {kind: numeric}
  empty: {kind: numeric}
  job: {kind: categorical}
  old_score: {kind: numeric}
  int_rate: {kind: numeric}
  sex: {kind: categorical, protected: true}
exclude: [id]
"""


def table(path: Path, rows: int = 1200) -> Path:
    random = np.random.RandomState(7)
    income = np.round(random.lognormal(7, 0.6, rows), 2)
    debt = np.round(random.lognormal(6, 1, rows), 2)
    wave = np.round(random.uniform(-3, 3, rows), 3)
    job = random.choice(["cook", "smith", "poet, part-time", "müller"], rows)
    log_odds = -1.2 - 0.9 * np.log(income / 1100) + 0.5 * (job == "poet, part-time") - wave**2 / 4
    log_odds += 0.6 * np.log(debt / 400) * (wave > 0)
    bad = random.uniform(size=rows) < 1 / (1 + np.exp(-log_odds))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        columns = "income debt wave empty job old_score int_rate sex bad id"
        writer.writerow(columns.split())
        for row in range(rows):
            shown = -1 if row % 17 == 0 else income[row]
            leak = round(bad[row] + random.normal(0, 0.3), 3)
            rate = round(5 + random.uniform(), 2)
            sex = random.choice(["f", "m"])
            target = "yes" if bad[row] else "no"
            writer.writerow(
                [shown, debt[row], wave[row], "", job[row], leak, rate, sex, target, row]
            )
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["score", *map(str, arguments)])


def trained(folder: Path, data: Path, schema: Path, seed: int = 3) -> dict[str, Any]:
    done = run("train", "--data", data, "--schema", schema, "--out", folder, "--seed", seed)
    assert done.exit_code == 0, done.output
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    (folder / "key").write_text("33" * 32)
    table(folder / "data.csv")
    (folder / "schema.yaml").write_text(SCHEMA)
    return folder


@pytest.fixture(autouse=True)
def key(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_MODEL_KEY", str(folder / "key"))


@pytest.fixture(scope="module")
def result(folder: Path) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TALLYSTICK_MODEL_KEY", str(folder / "key"))
        return trained(folder / "model", folder / "data.csv", folder / "schema.yaml")


def test_the_figures_are_those_of_a_model_that_learned(result: dict[str, Any]) -> None:
    assert 0.66 < result["auc"] < 0.85
    assert result["ece"] < 0.06
    assert float(result["parity"]) <= 1e-9
    assert {"sd", "ks", "brier", "challenger_auc", "seconds"} <= set(result)


def test_a_leak_is_left_out_and_a_price_is_flagged(result: dict[str, Any]) -> None:
    assert set(result["left_out"]) == {"old_score", "empty"}
    assert any("int_rate" in warning for warning in result["warnings"])


def test_the_same_input_gives_the_same_bytes(folder: Path, result: dict[str, Any]) -> None:
    again = trained(folder / "again", folder / "data.csv", folder / "schema.yaml")
    assert again["model"] == result["model"]
    names = sorted(path.name for path in (folder / "model").iterdir())
    assert sorted(path.name for path in (folder / "again").iterdir()) == names
    for name in names:
        assert (folder / "model" / name).read_bytes() == (folder / "again" / name).read_bytes()
    other = trained(folder / "other", folder / "data.csv", folder / "schema.yaml", seed=4)
    assert other["model"] != result["model"]


def test_apply_agrees_with_the_scorer(folder: Path, result: dict[str, Any]) -> None:
    out = folder / "scores.csv"
    arguments = ("--model", folder / "model", "--data", folder / "data.csv", "--out", out)
    done = run("apply", *arguments)
    assert done.exit_code == 0, done.output
    scorer = Scorer(load_model(folder / "model").card)
    with (folder / "data.csv").open(encoding="utf-8") as rows, out.open(encoding="utf-8") as scores:
        pairs = list(zip(csv.DictReader(rows), csv.DictReader(scores), strict=True))
    assert len(pairs) == 1200
    for row, scored in pairs:
        alone = scorer.score(row)
        assert float(scored["pd"]) == pytest.approx(alone.pd, abs=1e-9)
        assert int(scored["score"]) == alone.score
        assert scored["reasons"] == "; ".join(reason.text for reason in alone.reasons)
    # a column that was left out need not be known of those who are scored
    known = folder / "known.csv"
    with known.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["income", "debt", "wave", "job", "int_rate"])
        writer.writeheader()
        writer.writerows({name: row[name] for name in writer.fieldnames} for row, _ in pairs)
    again = folder / "again.csv"
    done = run("apply", "--model", folder / "model", "--data", known, "--out", again)
    assert done.exit_code == 0, done.output
    assert again.read_bytes() == out.read_bytes()
    mean = sum(float(scored["pd"]) for _, scored in pairs) / len(pairs)
    assert mean == pytest.approx(result["default_rate"], abs=0.01)


def test_a_declared_direction_holds_for_everyone(folder: Path, result: dict[str, Any]) -> None:
    scorer = Scorer(load_model(folder / "model").card)
    incomes = [float(income) for income in np.linspace(100, 9000, 60)]
    with (folder / "data.csv").open(encoding="utf-8") as rows:
        for row in list(csv.DictReader(rows))[:150]:
            chances = [scorer.score(row | {"income": income}).log_odds for income in incomes]
            assert all(later <= earlier + 1e-9 for earlier, later in pairwise(chances))


def test_a_shift_is_seen(folder: Path, tmp_path: Path, result: dict[str, Any]) -> None:
    same = run("monitor", "--model", folder / "model", "--data", folder / "data.csv")
    report = json.loads(same.stdout)
    assert (report["verdict"], report["rows"]) == ("stable", 1200)
    assert report["psi"] < 0.01
    assert max(report["csi"].values()) < 0.01
    assert report["auc"] > result["auc"]
    assert report["default_rate"] == result["default_rate"]
    with (folder / "data.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    poorer = tmp_path / "poorer.csv"
    with poorer.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"income": "300"} for row in rows)
    report = json.loads(run("monitor", "--model", folder / "model", "--data", poorer).stdout)
    assert report["verdict"] == "shift"
    assert next(iter(report["csi"])) == "income"
    assert {"score_shift", "feature_shift"} <= {alert["code"] for alert in report["alerts"]}


def test_protected_columns_are_judged_and_not_read(folder: Path, result: dict[str, Any]) -> None:
    card = load_model(folder / "model").card
    assert "sex" not in {column.name for column in card.columns()}
    metrics = json.loads((folder / "model" / "metrics.json").read_text())
    assert set(metrics["fairness"]["sex"]["groups"]) == {"f", "m"}
    assert "four-fifths" in (folder / "model" / "model-card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("yes", "no"), "one class"),
        (("yes", "maybe"), "third value"),
        (("müller", "m\udcfcller"), "is not UTF-8"),
        (("income,", "wage,"), "lacks the column income"),
        (("cook", "cook,cook"), "has 11 cells"),
    ],
)
def test_bad_input_is_told_and_leaves_nothing(
    folder: Path, tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    text = (folder / "data.csv").read_text(encoding="utf-8")
    limit = 1 if change[1] == "maybe" else -1
    data = tmp_path / "bad.csv"
    data.write_bytes(text.replace(*change, limit).encode("utf-8", "surrogateescape"))
    arguments = ("--data", data, "--schema", folder / "schema.yaml", "--out", tmp_path / "model")
    done = subprocess.run(
        [Path(sys.executable).with_name("tallystick"), "score", "train", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]
