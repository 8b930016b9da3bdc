"""Help in both languages, and what a search finds."""

from __future__ import annotations

import pytest

from tallystick.web.helping import search, topics


def test_every_topic_says_the_same_number_of_things_in_both_languages() -> None:
    assert len(topics()) >= 8
    for name, topic in topics().items():
        assert len(topic.en) == len(topic.zh_Hans), name
        assert topic.title.keys() == {"en", "zh_Hans"}
        assert all(section.text.strip() for section in (*topic.en, *topic.zh_Hans))
    orders = [topic.order for topic in topics().values()]
    assert orders == sorted(set(orders))


@pytest.mark.parametrize(
    ("text", "language", "first"),
    [
        ("autopay", "en", "paying"),
        ("Erasing key", "en", "privacy"),
        ("repai", "en", "late"),
        ("撤回", "zh_Hans", "privacy"),
        ("宽限期", "zh_Hans", "late"),
        ("无力还款", "zh_Hans", "late"),
    ],
)
def test_the_best_topic_comes_first(text: str, language: str, first: str) -> None:
    assert search(text, language)[0] == first


@pytest.mark.parametrize("text", ["", '"', "zzz", "* OR 1", "'; DROP TABLE help; --", "宽限期x"])
def test_what_is_no_word_of_the_texts_finds_nothing(text: str) -> None:
    assert search(text, "en") == []
