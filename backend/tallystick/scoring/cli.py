"""`tallystick score`: train a card, score with it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click

from tallystick.scoring.errors import DataInvalid, ScoringError, TrainingFailed
from tallystick.scoring.reasons import Language

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
_language = click.option("--language", type=click.Choice(["en", "zh"]), default="en")
_model = click.option(
    "--model", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)

_TRAIN_HELP = """Train a scorecard on a table with a declared target.

DATA is CSV, plain or gzip, in UTF-8; SCHEMA declares the target and every column. OUT becomes a
folder with the signed card, what was measured, and a model card. Progress goes to stderr; the last
line of stdout is one JSON object with the cross-validated metrics.

The same data, schema and seed give the same bytes. docs/scoring.md tells the method.
"""

_APPLY_HELP = """Score every row of a table with a trained card.

OUT gets the columns pd, score and reasons, one row per row of DATA, in its order. DATA may have the
target or not. A file of any size is read in pieces.
"""

_EXPLAIN_HELP = """Explain the score of one row: probability, points, reasons.

With --most also what the applicant could change to reach that probability, among the columns that
the schema calls actionable; null if nothing allowed is enough.
"""


@click.group()
def score() -> None:
    """Train and use scorecards: probability of default, points, reasons."""


@score.command(help=_TRAIN_HELP)
@click.option("--data", required=True, type=_file)
@click.option("--schema", "schema_file", required=True, type=_file)
@click.option("--out", required=True, type=click.Path(path_type=Path))
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=0, show_default=True)
def train(data: Path, schema_file: Path, out: Path, seed: int) -> None:
    from tallystick.scoring.environment import training_python, training_settings
    from tallystick.scoring.schema import read_schema
    from tallystick.scoring.signing import key_file, signing_key
    from tallystick.scoring.store import new_folder, sign_folder

    try:
        read_schema(schema_file)
        _, made = signing_key()
        if made:
            _say(f"made the signing key {key_file()}; keep it, or name yours in the environment")
        python = training_python(_say)
        start = time.perf_counter()
        with new_folder(out) as folder:
            arguments = [str(data), str(schema_file), str(folder), str(seed)]
            child = subprocess.run(  # noqa: S603
                [python, "-m", "tallystick.training", *arguments],
                env=training_settings(),
                stdout=subprocess.PIPE,
                check=False,
            )
            if child.returncode:
                if child.returncode == 2:  # it has said what is wrong
                    sys.exit(2)
                raise TrainingFailed(f"training broke off with code {child.returncode}")
            result: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
            digest, key, _ = sign_folder(folder)
        result["seconds"] = round(time.perf_counter() - start, 1)
        click.echo(json.dumps(result | {"model": digest, "signed_by": key, "out": str(out)}))
    except ScoringError as error:
        raise click.UsageError(str(error)) from error


@score.command("apply", help=_APPLY_HELP)
@_model
@click.option("--data", required=True, type=_file)
@click.option("--out", required=True, type=click.Path(path_type=Path))
@_language
def apply_command(model: Path, data: Path, out: Path, language: Language) -> None:
    from tallystick.scoring.apply import apply_card
    from tallystick.scoring.store import load_model

    start = time.perf_counter()
    try:
        loaded = load_model(model)
        rows = apply_card(loaded.card, data, out, language=language, say=_say)
    except ScoringError as error:
        raise click.UsageError(str(error)) from error
    seconds = round(time.perf_counter() - start, 2)
    click.echo(json.dumps({"rows": rows, "seconds": seconds, "model": loaded.hash}))


@score.command(help=_EXPLAIN_HELP)
@_model
@click.option("--data", required=True, type=_file)
@click.option("--row", "number", type=click.IntRange(1), default=1, show_default=True)
@click.option("--most", type=click.FloatRange(0, 1), help="Probability to reach.")
@_language
def explain(model: Path, data: Path, number: int, most: float | None, language: Language) -> None:
    from tallystick.scoring.counterfactual import counterfactual
    from tallystick.scoring.scorer import Scorer
    from tallystick.scoring.store import load_model
    from tallystick.scoring.table import one_row

    try:
        loaded = load_model(model)
        scorer = Scorer(loaded.card, language)
        applicant = one_row(data, number)
        scored = scorer.score(applicant)
        answer: dict[str, Any] = {
            "pd": scored.pd,
            "score": scored.score,
            "reasons": [
                {"text": reason.text, "points": round(reason.points, 1)}
                for reason in scored.reasons
            ],
            "model": loaded.hash,
        }
        if most is not None:
            found = counterfactual(scorer, applicant, most)
            answer["changes"] = (
                None
                if found is None
                else [
                    {
                        "column": change.column,
                        "present": change.present,
                        "proposed": change.proposed,
                    }
                    for change in found.changes
                ]
            )
            answer["pd_after"] = None if found is None else found.pd
    except ScoringError as error:
        raise click.UsageError(str(error)) from error
    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))


@score.command("monitor")
@_model
@click.option("--data", required=True, type=_file)
@click.option("--time", "time_column", help="Column with the period of a row, such as 2026-03.")
@click.option("--policy", help="Column with what the policy decided.")
@click.option("--decision", help="Column with what was done.")
@click.option("--fail", is_flag=True, help="End with code 1 when there are alerts.")
def monitor_command(
    model: Path,
    data: Path,
    time_column: str | None,
    policy: str | None,
    decision: str | None,
    *,
    fail: bool,
) -> None:
    """Tell how far a table has moved from the training rows, and how well the card still orders.

    Prints JSON: PSI of the score, CSI of every feature, and with a target AUC, KS and default rate,
    also by period; decisions that people changed; fairness of protected columns; alerts.
    """
    from tallystick.scoring.monitor import Watched, monitor
    from tallystick.scoring.store import load_model

    try:
        loaded = load_model(model)
        metrics = json.loads((model / "metrics.json").read_text(encoding="utf-8"))
        watched = Watched(time_column, policy, decision, metrics.get("auc"))
        if (policy is None) != (decision is None):
            raise DataInvalid("--policy and --decision belong together")
        report = monitor(loaded.card, data, watched)
    except ScoringError as error:
        raise click.UsageError(str(error)) from error
    click.echo(json.dumps(report, indent=2, ensure_ascii=False))
    if fail and report["alerts"]:
        sys.exit(1)


def _say(line: str) -> None:
    click.echo(line, err=True)
