"""All lists, searchable: a name meets few of them that deserve a close look."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from rapidfuzz.distance import OSA

from tallystick.screening.sanctions.likeness import SAME_BONES, name_likeness
from tallystick.screening.sanctions.lists import Entry, SanctionsList
from tallystick.screening.sanctions.names import bones, fold, is_bare, telling, words_of

CLOSE_LOOKS: Final = 40
"""Names that are compared word by word, of those that share most."""


@dataclass(frozen=True, slots=True)
class Match:
    """A listed name that resembles; `likeness` from 0 to 100."""

    likeness: int
    listed: str
    entry: Entry
    source: SanctionsList


class ListIndex:
    """Names and wallets of some lists. Safe to share between threads."""

    def __init__(self, lists: Sequence[SanctionsList]) -> None:
        self.lists = tuple(lists)
        self._names: list[tuple[tuple[str, ...], str, Entry, SanctionsList]] = []
        self._wallets: dict[str, tuple[Entry, SanctionsList]] = {}
        postings: dict[str, list[int]] = defaultdict(list)
        written: dict[str, set[str]] = defaultdict(set)
        single = set[str]()
        for source in lists:
            for entry in source.entries:
                self._wallets.update((wallet, (entry, source)) for wallet in entry.wallets)
                for name in entry.names:
                    words = words_of(name)
                    if not words:
                        continue
                    single.update(map(fold, telling(words)))
                    for key, word in _keys(words).items():
                        postings[key].append(len(self._names))
                        written[key].add(bones(word))
                    self._names.append((words, name, entry, source))
        self._vocabulary = sorted(postings)
        self._place = {word: place for place, word in enumerate(self._vocabulary)}
        self._postings = [np.array(postings[word], dtype=np.int64) for word in self._vocabulary]
        self._rarity = np.array(
            [math.log(1 + len(self._names) / len(found)) for found in self._postings]
        )
        self._by_deletion: dict[str, list[int]] = defaultdict(list)
        for word in single:
            for shorter in _deletions(word):
                self._by_deletion[shorter].append(self._place[word])
        self._by_bones: dict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(self._vocabulary):
            for skeleton in written[word]:
                self._by_bones[skeleton].append(place)

    def __len__(self) -> int:
        return len(self._names)

    def wallet(self, address: str) -> tuple[Entry, SanctionsList] | None:
        """The entry that names a wallet."""
        return self._wallets.get(address.lower())

    def search(self, name: str, least: int) -> list[Match]:
        """Every entry with a name at least so alike, the most alike first; each once."""
        words = words_of(name)
        best: dict[tuple[str, str], Match] = {}
        for place in self._candidates(words):
            listed, text, entry, source = self._names[place]
            likeness = math.floor(name_likeness(words, listed, self._weight) + 1e-9)
            known = best.get((source.source, entry.entry))
            if likeness >= least and (known is None or known.likeness < likeness):
                best[source.source, entry.entry] = Match(likeness, text, entry, source)
        return sorted(best.values(), key=lambda match: (-match.likeness, match.entry.entry))

    def _weight(self, word: str) -> float:
        """Rarer words weigh more; one that is on no list is as rare as can be."""
        place = self._place.get(fold(word))
        rarity = math.log(1 + len(self._names)) if place is None else float(self._rarity[place])
        return 1.0 + rarity if len(word) > 1 else 0.5

    def _candidates(self, words: tuple[str, ...]) -> Iterable[int]:
        if not self._names:
            return []
        score = np.zeros(len(self._names))
        for key, word in _keys(words).items():
            best = np.zeros(len(self._names))
            for place, alike in self._alike(key, word).items():
                found = self._postings[place]
                best[found] = np.maximum(best[found], alike * self._rarity[place])
            score += best
        count = min(CLOSE_LOOKS, int((score > 0).sum()))
        return heapq.nlargest(count, np.nonzero(score)[0].tolist(), key=score.__getitem__)

    def _alike(self, key: str, word: str) -> dict[int, float]:
        """Places of the words that resemble `word`, folded to `key`, and how much."""
        if len(key) == 1:
            return {}
        near = {
            place for shorter in _deletions(key) for place in self._by_deletion.get(shorter, ())
        }
        if key in self._place:
            near.add(self._place[key])
        found = {place: OSA.normalized_similarity(key, self._vocabulary[place]) for place in near}
        if len(bones(word)) >= 4 or is_bare(word):
            for place in self._by_bones.get(bones(word), ()):
                found[place] = max(found.get(place, 0.0), SAME_BONES)
        return found


def _keys(words: tuple[str, ...]) -> dict[str, str]:
    """Words that tell something, and neighbours as one word, by their folded form."""
    own = telling(words)
    joined = (one + two for pairs in (own, words) for one, two in pairwise(pairs))
    return {fold(word): word for word in (*joined, *own)}


def _deletions(word: str) -> set[str]:
    """The word, and all that is left of it without one letter.

    Words share one of these if one letter was added, left out, changed or swapped with the next,
    and for some pairs of such errors (Garbe's symmetric deletions). Whoever errs more in a word is
    found by the others.
    """
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}
