"""How far a table has moved from the one that a card was learned from.

The population stability index of shares a against e is Σ (a - e) · ln(a / e): of the score over the
tenths of the training rows (PSI), of each feature over its bins (CSI). Below 0.1 is usually called
stable, above 0.25 a shift. With outcomes at hand, also how well the card still orders (AUC, KS) and
how far its mean probability is from the default rate.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from tallystick.scoring.batch import BatchScorer
from tallystick.scoring.card import Card
from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.features import Floats
from tallystick.scoring.reasons import feature_names
from tallystick.scoring.schema import spellings
from tallystick.scoring.table import Piece, check_header, open_table

WATCH: Final = 0.10
SHIFT: Final = 0.25
BUCKETS: Final = 1000  # of the probability, for AUC and KS in one pass


def monitor(card: Card, data: Path) -> dict[str, Any]:
    """PSI, CSI of every feature, and with outcomes AUC, KS and calibration.

    Raises:
        DataInvalid: the table.
    """
    scorer = BatchScorer(card)
    schema = card.schema
    known = {column.name for column in schema.columns} | {schema.target, *schema.exclude}
    counts = [np.zeros(feature.bins) for feature in card.features]
    tenths = np.zeros(10)
    outcomes = np.zeros((2, BUCKETS))
    total = 0.0
    with open_table(data) as table:
        required = (column.name for column in schema.used())
        check_header(table.header, required, known, what=str(data))
        for piece in table.pieces:
            scores = scorer.score(piece)
            edges = np.array(card.provenance["tenths"])
            tenths += np.bincount(np.searchsorted(edges, scores.log_odds), minlength=10)
            total += float(scores.pd.sum())
            for place, bins in enumerate(scorer.bins(piece)):
                counts[place] += np.bincount(bins, minlength=len(counts[place]))
            if schema.target in table.header:
                bad = _outcomes(piece, card)
                bucket = np.minimum((scores.pd * BUCKETS).astype(np.intp), BUCKETS - 1)
                outcomes[1] += np.bincount(bucket, bad, minlength=BUCKETS)
                outcomes[0] += np.bincount(bucket, 1 - bad, minlength=BUCKETS)
    rows = int(tenths.sum())
    if not rows:
        raise DataInvalid(f"{data} has a header and no rows")
    psi = stability(np.full(10, 0.1), tenths)
    features = {
        name: round(stability(np.array(feature.counts, dtype=np.float64), count), 4)
        for name, feature, count in zip(
            feature_names(card, "en"), card.features, counts, strict=True
        )
    }
    report: dict[str, Any] = {
        "rows": rows,
        "psi": round(psi, 4),
        "verdict": "shift" if psi > SHIFT else "watch" if psi > WATCH else "stable",
        "mean_pd": round(total / rows, 5),
        "csi": dict(sorted(features.items(), key=lambda item: -item[1])),
    }
    return report | _order(outcomes)


def stability(expected: Floats, found: Floats) -> float:
    """The index of two counts over the same bins; half a row is added to each bin."""
    e = (expected + 0.5 / len(expected)) / (expected.sum() + 0.5)
    a = (found + 0.5 / len(found)) / (found.sum() + 0.5)
    return float(((a - e) * np.log(a / e)).sum())


def _outcomes(piece: Piece, card: Card) -> Floats:
    positive = set(spellings(card.schema.positive))
    cells = piece.cells[card.schema.target]
    return np.fromiter((cell in positive for cell in cells), dtype=np.float64, count=len(cells))


def _order(outcomes: Floats) -> dict[str, Any]:
    good, bad = outcomes
    if not good.sum() or not bad.sum():
        return {}
    below = np.cumsum(good) - good
    area = float((bad * (below + good / 2)).sum() / (good.sum() * bad.sum()))
    apart = float(np.abs(np.cumsum(good) / good.sum() - np.cumsum(bad) / bad.sum()).max())
    rate = float(bad.sum() / outcomes.sum())
    return {"auc": round(area, 5), "ks": round(apart, 5), "default_rate": round(rate, 5)}
