"""The scorecard's word on a case: columns filled from it, reasons in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tallystick.decisions.case import Case, Reason
from tallystick.decisions.catalogue import Catalogue, Product
from tallystick.decisions.engine import PPM, Scored
from tallystick.decisions.errors import DocumentInvalid
from tallystick.decisions.facts import whole

if TYPE_CHECKING:
    from tallystick.scoring.card import Card


_GROUPS = {"bank": "bank", "chain": "chain", "wallet": "wallet", "signal": "signals"}


class CaseScorer:
    """A card, ready for cases."""

    def __init__(self, card: Card) -> None:
        # numpy comes along, which a server that does not lend does without
        from tallystick.scoring.reasons import reason_texts
        from tallystick.scoring.scorer import Scorer

        self.scorer = Scorer(card)
        self._zh = reason_texts(card, "zh")
        self._columns = {column.name: column for column in card.columns()}

    def check(self, catalogue: Catalogue) -> None:
        """Whether every product fills every column. Raises `DocumentInvalid`."""
        for name, product in catalogue.products.items():
            lacking = sorted(self._columns.keys() - product.score.keys())
            if lacking:
                rule = f"the scorecard also reads {', '.join(lacking)}"
                raise DocumentInvalid(f"products.{name}.score", rule)

    def columns(self, case: Case, product: Product) -> dict[str, object]:
        """What the card reads, for one case."""
        return {
            column: value_of(case, product, product.score[column], numeric=known.kind == "numeric")
            for column, known in self._columns.items()
        }

    def score(self, case: Case, product: Product) -> Scored:
        """Probability, points and reasons. Raises `DataInvalid`."""
        found = self.scorer.score(self.columns(case, product))
        reasons = tuple(
            Reason(
                f"score_{each.feature}_{each.bin}",
                {"points": f"{each.points:.1f}"},
                each.text,
                self._zh[each.feature][each.bin],
            )
            for each in found.reasons
        )
        return Scored(round(found.pd * PPM), found.score, reasons)


def value_of(case: Case, product: Product, source: str, *, numeric: bool) -> object:
    """What a source says of a case, in the scorecard's words; None for nothing."""
    where, _, name = source.partition(".")
    value: object
    if where == "declared":
        given = case.declared.get(name)
        value = product.fields[name].levels.get(given, given) if given is not None else None
    elif where == "books":
        value = case.books.get(name)
    elif where in _GROUPS:
        value = getattr(case, _GROUPS[where]).get(name)
    elif where == "constant":
        value = name
    else:
        request: Mapping[str, object] = {
            "amount": float(whole(case.amount)),
            "term": case.term,
            "purpose": case.purpose,
        }
        value = request[name]
    return float(str(value)) if numeric and value is not None else value
