"""What would change a decision: the least that the applicant can do, each tried out.

Only what is in reach: documents and identity that are missing, another term, a smaller amount, and
what was declared where the scorecard's schema says that it can be moved, and which way. Every
proposal was decided before it is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from tallystick.decisions.case import Case
from tallystick.decisions.catalogue import KYC_LEVELS, Product
from tallystick.decisions.document import hundredths
from tallystick.decisions.engine import PPM, Scored, judge
from tallystick.decisions.facts import missing_documents, whole
from tallystick.decisions.limits import in_steps
from tallystick.decisions.policy import Verdict
from tallystick.decisions.releases import Bench
from tallystick.decisions.scores import CaseScorer

if TYPE_CHECKING:
    from tallystick.scoring.scorer import Scorer

TRIES = 8
"""How many amounts and terms are looked at on the way to the least."""
_RANK: dict[Verdict, int] = {"approve": 0, "refer": 1, "decline": 2}


@dataclass(frozen=True, slots=True)
class Change:
    """`fields` of the application and what they would be; `outcome` is what then follows."""

    fields: dict[str, str]
    outcome: Verdict
    en: str
    zh: str


def changes(case: Case, bench: Bench) -> list[Change]:
    """Proposals that lead to a better outcome, the easiest first."""
    present = _verdict(case, bench)
    if present == "approve":
        return []
    product = bench.catalogue.products[case.product]
    found = []
    for changed, change in _options(case, bench, product):
        outcome = _verdict(changed, bench)
        if _RANK[outcome] < _RANK[present]:
            found.append(replace(change, outcome=outcome))
    return found


def _options(case: Case, bench: Bench, product: Product) -> Iterator[tuple[Case, Change]]:
    missing = missing_documents(case, bench.catalogue)
    if missing:
        labels = [bench.catalogue.documents[name] for name in missing]
        yield (
            case.model_copy(update={"documents": case.documents | dict.fromkeys(missing, "")}),
            Change(
                dict.fromkeys((f"documents/{name}" for name in missing), "given"),
                "refer",
                "Hand in: " + ", ".join(label.en for label in labels) + ".",
                "请补交:" + "、".join(label.zh for label in labels) + "。",
            ),
        )
    if case.kyc_level < product.kyc_number():
        level = KYC_LEVELS[product.kyc_number()]
        yield (
            case.model_copy(update={"kyc_level": product.kyc_number()}),
            Change(
                {"kyc_level": level},
                "refer",
                f"Have your identity confirmed at the level {level}.",
                f"请将身份认证提升至 {level} 等级。",
            ),
        )
    if case.term < product.term.most:
        yield (
            case.model_copy(update={"term": product.term.most}),
            Change(
                {"term": str(product.term.most)},
                "refer",
                f"Ask for up to {product.term.most} repayments.",
                f"可申请最多 {product.term.most} 期。",
            ),
        )
    yield from _shorter(case, bench, product)
    yield from _smaller(case, bench, product)
    yield from _declared(case, bench, product)


def _shorter(case: Case, bench: Bench, product: Product) -> Iterator[tuple[Case, Change]]:
    """The longest shorter term that is approved, of a few: some scorecards trust it more."""
    for term in _between(product.term.least, case.term):
        changed = case.model_copy(update={"term": term})
        if _verdict(changed, bench) == "approve":
            said = f"Ask for {term} repayments.", f"可申请 {term} 期。"
            yield changed, Change({"term": str(term)}, "approve", *said)
            return


def _smaller(case: Case, bench: Bench, product: Product) -> Iterator[tuple[Case, Change]]:
    """The largest smaller amount that is approved. A scorecard may trust neither the large nor the
    small, so a few are tried first, and what lies above the best of them is halved."""
    step = hundredths(product.amount.step)
    high = case.amount
    for middle in _between(hundredths(product.amount.least) // step, high // step):
        if _verdict(_with_amount(case, middle * step), bench) == "approve":
            low = middle * step
            break
        high = middle * step
    else:
        return
    while high - low > step:
        middle = in_steps((low + high) // 2, product)
        if _verdict(_with_amount(case, middle), bench) == "approve":
            low = middle
        else:
            high = middle
    yield (
        _with_amount(case, low),
        Change(
            {"amount": str(whole(low))},
            "approve",
            f"Ask for {whole(low)}.",
            f"可申请 {whole(low)}。",
        ),
    )


def _between(least: int, high: int) -> list[int]:
    """Up to `TRIES` whole numbers from `least` to below `high`, evenly, the largest first."""
    numbers = {least + (high - least) * place // TRIES for place in range(TRIES)}
    return sorted((number for number in numbers if number < high), reverse=True)


def _declared(case: Case, bench: Bench, product: Product) -> Iterator[tuple[Case, Change]]:
    """What would bring the score to where the case is approved."""
    from tallystick.scoring.counterfactual import counterfactual

    goal = _goal(case, bench)
    if goal is None:
        return
    sources = {
        source.removeprefix("declared."): column
        for column, source in product.score.items()
        if source.startswith("declared.")
    }
    columns = {column: name for name, column in sources.items()}
    applicant = bench.scorer.columns(case, product)
    found = counterfactual(_reach(bench.scorer, frozenset(columns)), applicant, goal)
    if found is None or not found.changes:
        return
    declared = dict(case.declared)
    shown: dict[str, str] = {}
    said: list[tuple[str, str]] = []
    for change in found.changes:
        name = columns[change.column]
        wanted = product.fields[name]
        codes = {text: code for code, text in wanted.levels.items()}
        value = codes.get(str(change.proposed), _number(change.proposed))
        if wanted.levels and value not in wanted.levels:
            return  # the scorecard knows a level that nobody can declare
        declared[name] = shown[f"declared/{name}"] = value
        said.append((f"{wanted.label.en}: {value}", f"{wanted.label.zh}:{value}"))
    yield (
        case.model_copy(update={"declared": declared}),
        Change(
            shown,
            "approve",
            "It would help if these were so: " + "; ".join(en for en, _ in said) + ".",
            "如以下情况成立则有帮助:" + ";".join(zh for _, zh in said) + "。",
        ),
    )


def _goal(case: Case, bench: Bench) -> float | None:
    """The highest probability at which the case is approved; None if there is none."""

    def approves(pd_ppm: int) -> bool:
        outcome = judge(case, Scored(pd_ppm, None), bench.catalogue, bench.policy)
        return outcome.verdict == "approve"

    product = bench.catalogue.products[case.product]
    low, high = 0, bench.scorer.score(case, product).pd_ppm
    if not approves(low):
        return None
    while high - low > PPM // 1000:
        middle = (low + high) // 2
        low, high = (middle, high) if approves(middle) else (low, middle)
    return low / PPM


@lru_cache(maxsize=16)
def _reach(ready: CaseScorer, declared: frozenset[str]) -> Scorer:
    """The scorecard with nothing to be moved but what applicants declare."""
    from tallystick.scoring.scorer import Scorer

    card = ready.scorer.card
    columns = tuple(
        column if column.name in declared else replace(column, actionable=None)
        for column in card.schema.columns
    )
    return Scorer(replace(card, schema=replace(card.schema, columns=columns)))


def _verdict(case: Case, bench: Bench) -> Verdict:
    product = bench.catalogue.products[case.product]
    scored = bench.scorer.score(case, product)
    return judge(case, scored, bench.catalogue, bench.policy).verdict


def _with_amount(case: Case, amount: int) -> Case:
    return case.model_copy(update={"amount": amount})


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"
