"""How much two names are alike, from 0 to 100: every word finds its best counterpart.

Words are compared as `names.fold` leaves them, by edits (optimal string alignment). Neighbours may
also be compared as one word (Xiao Ping, Xiaoping). The name with less to say must be covered, the
other nearly so: a missing middle name costs little, a strange surname much. Rare words weigh more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

from tallystick.screening.sanctions.names import bones, fold, is_bare, telling

INITIAL: Final = 0.8
"""What an initial is worth as the word that it begins."""
SAME_BONES: Final = 0.92
LEAST: Final = 0.7
"""Words less alike than this are strangers."""
_OTHER_BEGINNING: Final = 0.08
_LESS: Final = 0.82
"""Weight of covering the name with less to say; the rest is for covering the other."""

Weight = Callable[[str], float]


@lru_cache(maxsize=500_000)
def word_likeness(one: str, other: str) -> float:
    """Likeness of two words, from 0 to 1."""
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    if len(short) == 1:
        return INITIAL if long.startswith(short) else 0.0
    mine, theirs = fold(one), fold(other)
    if mine == theirs:
        return 0.98
    alike = OSA.normalized_similarity(mine, theirs)
    if mine[0] != theirs[0]:
        alike -= _OTHER_BEGINNING
    if is_bare(one) or is_bare(other):
        return max(alike, SAME_BONES if bones(one) == bones(other) else 0.0)
    if min(len(mine), len(theirs)) < 4:  # one letter of three is another name
        return alike if alike >= 0.75 else 0.0
    if len(bones(one)) >= 4 and bones(one) == bones(other):
        return max(alike, SAME_BONES)
    return alike


def name_likeness(one: Sequence[str], other: Sequence[str], weight: Weight = len) -> float:
    """Likeness of two names given as all their words, from 0 to 100; `weight` is above 0."""
    if not one or not other:
        return 0.0
    whole = max(
        _as_one_word(one, other),
        _as_one_word(telling(tuple(one)), telling(tuple(other))),
    )
    return 100 * max(whole, _word_by_word(telling(tuple(one)), telling(tuple(other)), weight))


def _as_one_word(one: Sequence[str], other: Sequence[str]) -> float:
    if "".join(one) == "".join(other):
        return 1.0
    mine, theirs = ("".join(sorted(map(fold, words))) for words in (one, other))
    if min(len(mine), len(theirs)) < 8:
        return 0.0
    return OSA.normalized_similarity(mine, theirs) - 0.03


def _word_by_word(one: Sequence[str], other: Sequence[str], weight: Weight) -> float:
    total_one, total_other = sum(map(weight, one)), sum(map(weight, other))
    got_one = got_other = 0.0
    strong = 0
    for mine, theirs, alike in _pairs(one, other):
        got_one += alike * sum(weight(one[place]) for place in mine)
        got_other += alike * sum(weight(other[place]) for place in theirs)
        strong += max(len(mine), len(theirs)) if alike > INITIAL else 0
    covers = got_one / total_one, got_other / total_other
    less, more = covers if total_one <= total_other else covers[::-1]
    score = _LESS * less + (1 - _LESS) * more
    if strong < 2 and len(one) != len(other):
        score *= 0.8  # one word alone says little of a longer name
    return score


def _pairs(
    one: Sequence[str], other: Sequence[str]
) -> list[tuple[tuple[int, ...], tuple[int, ...], float]]:
    """Words, or neighbours as one word, with their counterparts, the most alike first."""
    found = []
    others = _spans(other)
    for mine, word in _spans(one):
        for theirs, another in others:
            apart = len(mine) == len(theirs) == 1
            if not apart and (len(mine) == len(theirs) or abs(len(word) - len(another)) > 2):
                continue
            alike = word_likeness(word, another)
            if alike >= (LEAST if apart else 0.9):
                found.append((mine, theirs, alike))
    found.sort(key=lambda pair: (-pair[2], -len(pair[0]) - len(pair[1]), pair[0], pair[1]))
    taken_one, taken_other = set[int](), set[int]()
    kept = []
    for mine, theirs, alike in found:
        if taken_one.isdisjoint(mine) and taken_other.isdisjoint(theirs):
            taken_one.update(mine)
            taken_other.update(theirs)
            kept.append((mine, theirs, alike))
    return kept


def _spans(words: Sequence[str]) -> list[tuple[tuple[int, ...], str]]:
    """Words and pairs of neighbours, with their places."""
    single: list[tuple[tuple[int, ...], str]] = [((n,), word) for n, word in enumerate(words)]
    return single + [((n, n + 1), words[n] + words[n + 1]) for n in range(len(words) - 1)]
