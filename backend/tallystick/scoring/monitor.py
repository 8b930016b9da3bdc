"""How far a table has moved from the one that a card was learned from.

The population stability index of shares a against e is Σ (a - e) · ln(a / e): of the score over the
tenths of the training rows (PSI), of each feature over its bins (CSI). Below 0.1 is usually called
stable, above 0.25 a shift. With outcomes at hand, also how well the card still orders (AUC, KS) and
how far its mean probability is from the default rate; the same for every period, decisions that
people changed, and how groups of protected columns are treated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from tallystick.scoring.alerts import SHIFT, alerts_of
from tallystick.scoring.batch import BatchScorer
from tallystick.scoring.card import Card
from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.fairness import ACCEPTED, judge, number_groups
from tallystick.scoring.features import Floats
from tallystick.scoring.reasons import feature_names
from tallystick.scoring.schema import absent_texts, spellings
from tallystick.scoring.table import Piece, check_header, numbers, open_table

WATCH: Final = 0.10
BUCKETS: Final = 1000  # of the probability, for AUC and KS in one pass
MOST_PERIODS: Final = 240


@dataclass(frozen=True, slots=True)
class Watched:
    """Columns beside those of the schema: `time` names the period of a row, `policy` what the
    policy decided and `decision` what was done. `expected_auc` is that of the training."""

    time: str | None = None
    policy: str | None = None
    decision: str | None = None
    expected_auc: float | None = None

    def extra(self) -> list[str]:
        """The columns that are named."""
        return [name for name in (self.time, self.policy, self.decision) if name is not None]


@dataclass
class _Part:
    """Sums over some rows; changed while a table is read."""

    tenths: Floats = field(default_factory=lambda: np.zeros(10))
    outcomes: Floats = field(default_factory=lambda: np.zeros((2, BUCKETS)))
    total: float = 0.0
    decided: dict[tuple[str, str], int] = field(default_factory=dict)

    def report(self) -> dict[str, Any]:
        rows = int(self.tenths.sum())
        psi = stability(np.full(10, 0.1), self.tenths)
        report: dict[str, Any] = {
            "rows": rows,
            "psi": round(psi, 4),
            "verdict": "shift" if psi > SHIFT else "watch" if psi > WATCH else "stable",
            "mean_pd": round(self.total / rows, 5),
        }
        if self.decided:
            report["overrides"] = _overrides(self.decided)
        return report | _order(self.outcomes)


def monitor(card: Card, data: Path, watched: Watched | None = None) -> dict[str, Any]:
    """PSI, CSI of every feature, and with outcomes AUC, KS and calibration; what `watched` asks
    for, and alerts. Protected columns take 8 bytes a row of memory, all else none.

    Raises:
        DataInvalid: the table.
    """
    watched = watched or Watched()
    scorer = BatchScorer(card)
    schema = card.schema
    known = {column.name for column in schema.columns} | {schema.target, *schema.exclude}
    counts = [np.zeros(feature.bins) for feature in card.features]
    whole, periods = _Part(), dict[str, _Part]()
    people = _People(card)
    with open_table(data) as table:
        required = [*(column.name for column in card.columns()), *watched.extra()]
        check_header(table.header, required, known | set(watched.extra()), what=str(data))
        told = schema.target in table.header
        for piece in table.pieces:
            scores = scorer.score(piece)
            tenth = np.searchsorted(np.array(card.provenance["tenths"]), scores.log_odds)
            bad = _outcomes(piece, card) if told else None
            for place, bins in enumerate(scorer.bins(piece)):
                counts[place] += np.bincount(bins, minlength=len(counts[place]))
            _add(whole, piece, watched, (tenth, scores.pd, bad), slice(None))
            people.add(piece, table.header, scores.pd, tenth, bad)
            if watched.time is not None:
                names = np.array(piece.cells[watched.time], dtype=object)
                for name in dict.fromkeys(piece.cells[watched.time]):
                    part = periods.setdefault(name, _Part())
                    _add(part, piece, watched, (tenth, scores.pd, bad), names == name)
                if len(periods) > MOST_PERIODS:
                    rule = f"has more than {MOST_PERIODS} periods"
                    raise DataInvalid(rule, column=watched.time)
    if not whole.tenths.sum():
        raise DataInvalid(f"{data} has a header and no rows")
    features = {
        name: round(stability(np.array(feature.counts, dtype=np.float64), count), 4)
        for name, feature, count in zip(
            feature_names(card, "en"), card.features, counts, strict=True
        )
    }
    report = whole.report() | {"csi": dict(sorted(features.items(), key=lambda item: -item[1]))}
    if periods:
        report["periods"] = {name: part.report() for name, part in sorted(periods.items())}
    fair = people.judge()
    if fair:
        report["fairness"] = fair
    return report | {"alerts": alerts_of(report, watched.expected_auc)}


def _add(
    part: _Part,
    piece: Piece,
    watched: Watched,
    scored: tuple[Any, Floats, Floats | None],
    rows: Any,
) -> None:
    tenth, pd, bad = scored[0][rows], scored[1][rows], scored[2]
    part.tenths += np.bincount(tenth, minlength=10)
    part.total += float(pd.sum())
    if bad is not None:
        bucket = np.minimum((pd * BUCKETS).astype(np.intp), BUCKETS - 1)
        part.outcomes[1] += np.bincount(bucket, bad[rows], minlength=BUCKETS)
        part.outcomes[0] += np.bincount(bucket, 1 - bad[rows], minlength=BUCKETS)
    if watched.policy is not None and watched.decision is not None:
        both = zip(piece.cells[watched.policy], piece.cells[watched.decision], strict=True)
        for pair in np.array([*both, ("", "")], dtype=object)[:-1][rows]:
            part.decided[tuple(pair)] = part.decided.get(tuple(pair), 0) + 1


class _People:
    """Protected columns of the rows that were seen."""

    def __init__(self, card: Card) -> None:
        self._card = card
        self._columns: dict[str, list[Any]] = {}
        self._pd: list[Floats] = []
        self._accepted: list[Any] = []
        self._bad: list[Floats] = []

    def add(
        self, piece: Piece, header: tuple[str, ...], pd: Floats, tenth: Any, bad: Floats | None
    ) -> None:
        protected = [column for column in self._card.schema.protected() if column.name in header]
        if not protected:
            return
        for column in protected:
            if column.kind == "numeric":
                values: Any = numbers(piece, column)
            else:
                values = np.array(piece.cells[column.name], dtype=object)
            self._columns.setdefault(column.name, []).append(values)
        self._pd.append(pd)
        self._accepted.append(tenth < round(10 * ACCEPTED))
        if bad is not None:
            self._bad.append(bad)

    def judge(self) -> dict[str, Any]:
        if not self._columns:
            return {}
        pd, accepted = np.concatenate(self._pd), np.concatenate(self._accepted)
        bad = np.concatenate(self._bad) if self._bad else None
        answer = {}
        for column in self._card.schema.protected():
            if column.name not in self._columns:
                continue
            values = np.concatenate(self._columns[column.name])
            if column.kind == "numeric":
                groups = number_groups(values)
            else:
                absent = absent_texts(column)
                levels = sorted(set(values.tolist()) - absent)
                groups = {level: values == level for level in levels}
            answer[column.name] = judge(groups, pd, accepted, bad)
        return answer


def stability(expected: Floats, found: Floats) -> float:
    """The index of two counts over the same bins; half a row is added to each bin."""
    e = (expected + 0.5 / len(expected)) / (expected.sum() + 0.5)
    a = (found + 0.5 / len(found)) / (found.sum() + 0.5)
    return float(((a - e) * np.log(a / e)).sum())


def _outcomes(piece: Piece, card: Card) -> Floats:
    positive = set(spellings(card.schema.positive))
    cells = piece.cells[card.schema.target]
    return np.fromiter((cell in positive for cell in cells), dtype=np.float64, count=len(cells))


def _overrides(decided: dict[tuple[str, str], int]) -> dict[str, Any]:
    """How often what was done is not what the policy said, and which way."""
    rows = sum(decided.values())
    changed = {pair: count for pair, count in decided.items() if pair[0] != pair[1]}
    ways = {
        f"{policy or '-'} to {done or '-'}": count
        for (policy, done), count in sorted(changed.items())
    }
    return {"rate": round(sum(changed.values()) / rows, 4), "ways": ways}


def _order(outcomes: Floats) -> dict[str, Any]:
    good, bad = outcomes
    if not good.sum() or not bad.sum():
        return {}
    below = np.cumsum(good) - good
    area = float((bad * (below + good / 2)).sum() / (good.sum() * bad.sum()))
    apart = float(np.abs(np.cumsum(good) / good.sum() - np.cumsum(bad) / bad.sum()).max())
    rate = float(bad.sum() / outcomes.sum())
    return {"auc": round(area, 5), "ks": round(apart, 5), "default_rate": round(rate, 5)}
