"""Whether handling cases helps: handled and not handled cases compared, with what that can say.

A case counts as handled by what was done up to a landmark, and only cases still late then are
compared, so that nobody counts as unhandled because he was cured before anybody could act. Within
strata of cases that were alike when opened, the shares that are current at the horizon are
compared; strata are weighted by their handled cases. Intervals after Agresti and Caffo (2000).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import sqrt
from typing import Final, NamedTuple

from tallystick.db import Database
from tallystick.servicing.close import store
from tallystick.servicing.policy import ServicingPolicy

_Z: Final = 1.959964
"""Of the normal distribution, for 95 %."""

METHOD: Final = (
    (
        "Cases that early warning opened and that were still late {landmark} days later, by"
        " whether anything was done until then; current {horizon} days after opening; strata by"
        " urgency and days past due, weighted by handled cases; 95 % interval after Agresti and"
        " Caffo."
    ),
    (
        "比较由预警开立、{landmark} 天后仍逾期的案件，按期间是否采取行动分组；"
        "以开立 {horizon} 天后是否恢复正常为结果；按紧急程度和逾期天数分层，以已处理案件数加权；"
        "95% 置信区间采用 Agresti-Caffo 方法。"
    ),
)
LIMITS: Final = (
    (
        "Nobody drew lots: whoever handles cases may choose those that would be cured anyway, or"
        " those that are hopeless, and the strata cannot see why. It says what went together, not"
        " what caused it. Reminders that every borrower gets are in both groups."
    ),
    (
        "案件并非随机分配：处理人员可能挑选本来就会恢复或已无希望的案件，分层无法排除此类影响。"
        "结果仅说明相关性，不说明因果关系。全体借款人均会收到的提醒在两组中同样存在。"
    ),
)


class Group(NamedTuple):
    """Cases, and how many of them were current at the horizon."""

    cases: int
    cured: int


@dataclass(frozen=True, slots=True)
class Stratum:
    """Cases that were alike when they were opened."""

    urgency: int
    bucket: str
    handled: Group
    unhandled: Group


@dataclass(frozen=True, slots=True)
class Effect:
    """`difference` of shares, handled less unhandled, with its interval; None where no stratum has
    both. `cases` are those of strata that were compared."""

    strata: tuple[Stratum, ...]
    cases: int
    difference: float | None
    low: float | None
    high: float | None


class _Case(NamedTuple):
    loan_id: bytes
    urgency: int
    opened_days: int
    opened_day: int
    handled: int


def measure(cases: Database, closed: Database, policy: ServicingPolicy) -> Effect:
    """The effect over all cases whose horizon is closed. `cases` is the file of the trail, `closed`
    that of the closes."""
    groups: dict[tuple[int, int], list[list[int]]] = {}
    rules, classes = policy.cases, policy.classes
    newest = store.newest(closed)
    last = newest.day - (newest.done_at is None) if newest else 0
    for case in _cases(cases, policy, last - rules.horizon):
        known = store.current(closed, [case.loan_id]).get(case.loan_id)
        if known is None:
            continue
        then = store.line_at(closed, known.key, case.opened_day + rules.handled_within)
        end = store.line_at(closed, known.key, case.opened_day + rules.horizon)
        if then is None or end is None or then.days == 0:
            continue
        place = case.urgency, classes.bucket(case.opened_days)
        group = groups.setdefault(place, [[0, 0], [0, 0]])[case.handled]
        group[0] += 1
        group[1] += end.days == 0
    strata = tuple(
        Stratum(urgency, classes.bucket_labels[bucket], Group(*both[1]), Group(*both[0]))
        for (urgency, bucket), both in sorted(groups.items())
    )
    return compared(strata)


def compared(strata: Iterable[Stratum]) -> Effect:
    """The difference over strata that have cases of both kinds."""
    strata = tuple(strata)
    both = [one for one in strata if one.handled.cases and one.unhandled.cases]
    total = sum(one.handled.cases for one in both)
    cases = sum(one.handled.cases + one.unhandled.cases for one in both)
    if not both:
        return Effect(strata, 0, None, None, None)
    difference = variance = middle = 0.0
    for one in both:
        weight = one.handled.cases / total
        difference += weight * (_share(one.handled) - _share(one.unhandled))
        for sign, group in ((1, one.handled), (-1, one.unhandled)):
            share = (group.cured + 1) / (group.cases + 2)
            middle += sign * weight * share
            variance += weight**2 * share * (1 - share) / (group.cases + 2)
    reach = _Z * sqrt(variance)
    low, high = max(-1.0, middle - reach), min(1.0, middle + reach)
    return Effect(strata, cases, difference, low, high)


def _share(group: Group) -> float:
    return group.cured / group.cases


def _cases(db: Database, policy: ServicingPolicy, last: int) -> Iterator[_Case]:
    within = policy.cases.handled_within * 86_400
    rows = db.execute(
        "SELECT c.loan_id, c.urgency, c.opened_days, c.opened_day,"
        " EXISTS (SELECT 1 FROM collection_actions a WHERE a.collection_id = c.collection_id"
        "  AND a.at <= c.opened_at + :within)"
        " OR EXISTS (SELECT 1 FROM collection_contacts t WHERE t.collection_id = c.collection_id"
        "  AND t.direction = 'out' AND t.at <= c.opened_at + :within)"
        " FROM collections c WHERE c.cause = 'trigger' AND c.opened_day <= :last",
        {"within": within, "last": last},
    )
    for row in rows:
        yield _Case(*row)
