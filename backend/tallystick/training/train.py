"""The whole training: inspect, cross-validate, fit, compile, check, write."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from tallystick.scoring.card import dump_card
from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.features import Codes, Floats
from tallystick.scoring.layout import METRICS, MODEL_CARD, card_name
from tallystick.training.challenger import challenge
from tallystick.training.compile import card_log_odds, check_equal, compile_card
from tallystick.training.data import Dataset
from tallystick.training.fairness import fairness
from tallystick.training.fit import MOST_COLUMNS, Fit, fit
from tallystick.training.folds import FOLDS, fold_of_rows
from tallystick.training.metrics import auc, brier, ece, ks, log_loss, sigmoid
from tallystick.training.model_card import model_card
from tallystick.training.quality import Quality, inspect
from tallystick.training.stack import best_stage, cross_fitted, fit_stack
from tallystick.training.trees import STEP, staged

FINAL: Final = -1  # the task that fits on every row

Say = Callable[[str], None]


@dataclass(frozen=True)
class HeldOut:
    """One fold's predictions; for FINAL the fit itself."""

    fold: int
    stages: Floats
    ridge: Floats | None
    challenger: Floats
    fit: Fit | None


@dataclass(frozen=True)
class Validated:
    """Cross-validated predictions of all rows, and what the final model takes from them."""

    log_odds: Floats
    challenger: Floats
    rounds: int
    solution: Floats


def train(data: Dataset, folder: Path, seed: int, say: Say) -> dict[str, Any]:
    """Write card, metrics and model card into `folder`; the metrics.

    Raises:
        DataInvalid: no column can be learned from.
    """
    schema = data.schema
    quality = inspect(data)
    for warning in quality.warnings:
        say(f"warning: {warning}")
    names = [column.name for column in schema.used() if column.name not in quality.left_out]
    if not names:
        raise DataInvalid("no column is left to learn from: none varies, or all look like leaks")
    if len(names) > MOST_COLUMNS:
        warning = (
            f"of {len(names)} columns, the score reads the {MOST_COLUMNS} that say the most about "
            "the target on their own"
        )
        quality.warnings.append(warning)
        say(f"warning: {warning}")
    folds = fold_of_rows(data.target)
    parts, final = _run(data, names, folds, seed, say)
    validated = _validate(data.target, folds, parts)
    say("compiling the card")
    everyone = np.arange(len(data))
    bins = final.bins(data, everyone)
    provenance = {"data": data.digest, "rows": len(data), "seed": seed, "method": "tallystick-1"}
    card = compile_card(schema, final, validated.rounds, validated.solution, bins, provenance)
    difference = check_equal(card_log_odds(card, bins), _trained(final, bins, validated))
    tenths = np.quantile(card_log_odds(card, bins), np.arange(1, 10) / 10)
    card = replace(card, provenance=provenance | {"tenths": tenths.tolist()})
    metrics = _metrics(data, folds, validated, quality)
    metrics |= {
        "rows": len(data),
        "features": len(card.features),
        "derived": [step.name for step in card.derived],
        "pairs": len(card.pairs),
        "parity": f"{difference:.1e}",
    }
    content = dump_card(card)
    (folder / card_name(_sha256(content))).write_bytes(content)
    fair = fairness(data, sigmoid(validated.log_odds))
    read = {column.name for column in card.columns()}
    for name, found in quality.columns.items():
        found["read"] = name in read
    document = metrics | {"fairness": fair, "columns": quality.columns}
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / METRICS).write_text(text + "\n", encoding="utf-8")
    page = model_card(card, _sha256(content), metrics, fair)
    (folder / MODEL_CARD).write_text(page, encoding="utf-8")
    return metrics


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


_shared: tuple[Dataset, list[str], Codes, int]


def _share(data: Dataset, names: list[str], folds: Codes, seed: int) -> None:
    global _shared  # noqa: PLW0603 - each process of the pool gets the table once
    _shared = data, names, folds, seed


def _task(fold: int) -> HeldOut:
    data, names, folds, seed = _shared
    if fold == FINAL:
        nothing = np.empty((0, 0))
        return HeldOut(fold, nothing, None, nothing, fit(data, np.arange(len(data)), names, seed))
    rows, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
    model = fit(data, rows, names, seed)
    bins = model.bins(data, held)
    stages = staged(model.boosters, model.ranked(bins), model.effort.rounds)
    return HeldOut(
        fold,
        stages,
        model.ridge_log_odds(bins),
        challenge(data, rows, held, names, seed),
        None,
    )


def _run(
    data: Dataset, names: list[str], folds: Codes, seed: int, say: Say
) -> tuple[list[HeldOut], Fit]:
    """All folds and the final fit, as many at once as there are processors."""
    workers = min(FOLDS + 1, os.cpu_count() or 1)
    say(f"fitting on all rows and on {FOLDS} folds, {workers} at a time")
    parts: list[HeldOut] = []
    final: Fit | None = None
    # no thread has started yet, so forking is safe where it exists, and needs no second import
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(
        workers, context, initializer=_share, initargs=(data, names, folds, seed)
    ) as pool:
        for part in pool.map(_task, [FINAL, *range(FOLDS)]):
            if part.fit is not None:
                final = part.fit
                say(f"fitted the final model: {len(final.features)} features")
                continue
            target = data.target[folds == part.fold]
            best = part.stages[best_stage(part.stages, target)]
            say(f"fold {part.fold + 1} of {FOLDS}: AUC {auc(target, best):.4f}")
            parts.append(part)
    if final is None:
        raise AssertionError("the final fit is missing")
    return parts, final


def _validate(target: Floats, folds: Codes, parts: list[HeldOut]) -> Validated:
    """Rounds and calibration for each fold come from the others, for the final model from all."""
    rounds = min(len(part.stages) for part in parts)
    losses = np.array(
        [
            [log_loss(target[folds == part.fold], stage) for stage in part.stages[:rounds]]
            for part in parts
        ]
    )
    ridge = all(part.ridge is not None for part in parts)
    learners = np.empty((len(target), 2 if ridge else 1))
    challenger = np.empty(len(target))
    for place, part in enumerate(parts):
        held = folds == part.fold
        others = np.delete(losses, place, axis=0).mean(axis=0)
        learners[held, 0] = part.stages[int(others.argmin())]
        if part.ridge is not None and ridge:
            learners[held, 1] = part.ridge
        challenger[held] = part.challenger
    return Validated(
        cross_fitted(learners, target, folds),
        challenger,
        (int(losses.mean(axis=0).argmin()) + 1) * STEP,
        fit_stack(learners, target),
    )


def _trained(model: Fit, bins: list[Codes], validated: Validated) -> Floats:
    """The final model's log-odds by the learners themselves."""
    ranked = model.ranked(bins)
    total = np.full(len(ranked), float(validated.solution[0]))
    for booster in model.boosters:
        raw = np.asarray(booster.predict(ranked, raw_score=True, num_iteration=validated.rounds))
        total += float(validated.solution[1]) * raw / len(model.boosters)
    ridge = model.ridge_log_odds(bins)
    if ridge is not None:
        total += float(validated.solution[2]) * ridge
    return total


def _metrics(data: Dataset, folds: Codes, validated: Validated, quality: Quality) -> dict[str, Any]:
    target, log_odds = data.target, validated.log_odds
    pd = sigmoid(log_odds)
    ours = list(_each_fold(target, folds, log_odds))
    theirs = list(_each_fold(target, folds, validated.challenger))
    return {
        "auc": round(float(np.mean(ours)), 5),
        "sd": round(float(np.std(ours)), 5),
        "auc_folds": [round(value, 5) for value in ours],
        "gini": round(2 * float(np.mean(ours)) - 1, 5),
        "ks": round(ks(target, pd), 5),
        "ece": round(ece(target, pd), 5),
        "ece_equal_mass": round(ece(target, pd, equal_mass=True), 5),
        "brier": round(brier(target, pd), 5),
        "log_loss": round(log_loss(target, log_odds), 5),
        "default_rate": round(float(target.mean()), 5),
        "challenger": "LightGBM",
        "challenger_auc": round(float(np.mean(theirs)), 5),
        "challenger_ece": round(ece(target, sigmoid(validated.challenger)), 5),
        "rounds": validated.rounds,
        "calibration": [round(float(value), 5) for value in validated.solution],
        "duplicates": quality.duplicates,
        "left_out": quality.left_out,
        "warnings": quality.warnings,
    }


def _each_fold(target: Floats, folds: Codes, score: Floats) -> Iterator[float]:
    for fold in range(FOLDS):
        yield auc(target[folds == fold], score[folds == fold])
