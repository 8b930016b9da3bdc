"""The model card: what was learned from what, how good it is, whom it treats how, its limits."""

from __future__ import annotations

from typing import Any

from tallystick.scoring.card import Card
from tallystick.scoring.reasons import feature_names

_FIGURES = {
    "auc": "AUC, mean of the folds",
    "sd": "standard deviation over the folds",
    "gini": "Gini",
    "ks": "Kolmogorov-Smirnov",
    "ece": "expected calibration error, ten equal widths",
    "ece_equal_mass": "expected calibration error, ten equal numbers of rows",
    "brier": "Brier score",
    "log_loss": "log-loss",
    "challenger_auc": "AUC of the challenger",
}


def model_card(card: Card, digest: str, metrics: dict[str, Any], fair: dict[str, Any]) -> str:
    """Markdown. No date: the same data, schema and seed give the same bytes."""
    provenance = card.provenance
    lines = [
        "# Model card",
        "",
        f"Card `{digest}`, learned from {provenance['rows']:,} rows of the file with SHA-256",
        f"`{provenance['data']}`, seed {provenance['seed']}.",
        f"The target is `{card.schema.target}` = `{card.schema.positive}`;",
        f"{metrics['default_rate']:.2%} default.",
        "",
        f"A generalized additive model with pairwise terms: {len(card.features)} features in bins,",
        f"{len(card.pairs)} pairs, calibrated on held-out predictions.",
        "",
        "## Figures",
        "",
        "Five stratified folds; every row was predicted by a model that had not seen it.",
        "",
        "| figure | value |",
        "|---|---|",
        *(f"| {name} | {metrics[key]} |" for key, name in _FIGURES.items()),
        "",
        "## What it reads",
        "",
        "| feature | range of its points | read from |",
        "|---|---|---|",
        *_features(card),
        "",
        "## Groups",
        "",
        *_groups(fair),
        "",
        "## Warnings",
        "",
        *(f"- {warning}" for warning in metrics["warnings"] or ["None."]),
        "",
        "## Limits",
        "",
        "- Learned from the rows above and from nobody else: applicants that were refused before",
        "  are not among them (no reject inference); other markets, products or times may differ.",
        "- A text that no row had, and an absent value where none was absent, add nothing.",
        "- The probability is of the target as declared, over its horizon. Look at it again when",
        "  the default rate or the mix of applicants moves.",
        "- Columns that stand in for a protected one can carry it into the score; the table above",
        "  shows the outcome, not the cause.",
    ]
    return "\n".join(lines) + "\n"


def _features(card: Card) -> list[str]:
    factor = card.points.factor
    ranges = {main.feature: (max(main.values) - min(main.values)) * factor for main in card.mains}
    sources = {step.name: ", ".join(step.of) for step in card.derived}
    names = feature_names(card, "en")
    order = sorted(range(len(names)), key=lambda place: -ranges.get(place, 0.0))
    return [
        f"| {names[place]} | {ranges.get(place, 0.0):.1f} | "
        f"{sources.get(card.features[place].of, 'itself')} |"
        for place in order
    ]


def _groups(fair: dict[str, Any]) -> list[str]:
    if not fair:
        return ["No column is declared protected, so nothing can be said about groups."]
    lines = [
        "Protected columns are not read by the score. Accepted: the 70 % with the lowest",
        "probability of default. Four-fifths compares the least accepted group with the most",
        "accepted; equal opportunity does so among those who paid. Groups below 1 % of the rows",
        "are shown, not judged.",
    ]
    for column, judged in fair.items():
        verdict = "holds" if judged["four_fifths"] else "is broken"
        lines += [
            "",
            f"**{column}**: four-fifths {verdict} (ratio {judged['disparate_impact']}),",
            f"equal-opportunity gap {judged['equal_opportunity_gap']},",
            f"calibration gap {judged['calibration_gap']}",
            "",
            "| group | rows | default rate | mean pd | accepted | accepted of the good | AUC |",
            "|---|---|---|---|---|---|---|",
        ]
        for name, row in judged["groups"].items():
            cells = ["" if value is None else str(value) for value in row.values()]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines
