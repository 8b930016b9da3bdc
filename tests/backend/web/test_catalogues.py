"""No text of the pages is missing in any language."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from tallystick.api.schemas.loans import LoanStatus, PaymentSource
from tallystick.api.schemas.types import (
    Amortization,
    DayCount,
    Frequency,
    Prepayment,
    Transfer,
    Waterfall,
)
from tallystick.loans.allocation import RowStatus
from tallystick.web import words
from tallystick.web.catalogue import extract, placeholders, read
from tallystick.web.i18n import LANGUAGES, Language, translations


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.tag)
def test_every_text_is_translated_and_none_is_left_over(language: Language) -> None:
    wanted = {message.id for message in extract() if message.id}
    catalogue = {message.id: message for message in read(language.folder) if message.id}
    assert wanted == set(catalogue), "run `python -m tallystick.web.catalogue` and translate"
    for message in catalogue.values():
        strings = message.string if isinstance(message.string, (tuple, list)) else [message.string]
        assert all(strings), f"{message.id!r} has no translation"
        assert not message.fuzzy
        assert placeholders(message.string) == placeholders(message.id)


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.tag)
def test_every_value_of_the_api_has_a_word(language: Language) -> None:
    phrases = words.Words(translations(language), language.locale)
    assert all(phrases.status(status) for status in get_args(LoanStatus))
    assert all(phrases.row_status(status) for status in get_args(RowStatus))
    assert all(phrases.amortization(kind) for kind in get_args(Amortization))
    assert all(phrases.source(source) for source in get_args(PaymentSource))
    for kind, phrase in (
        (DayCount, phrases.day_count),
        (Prepayment, phrases.prepayment),
        (Waterfall, phrases.waterfall),
        (Transfer, phrases.transfer),
    ):
        assert all(map(phrase, get_args(get_args(kind)[0])))
    assert len({phrases.reason(code) for code in range(10)}) == 10
    for frequency in get_args(Frequency):
        assert "3" in phrases.period(frequency, 3)


def test_chinese_sentences_have_chinese_punctuation() -> None:
    narrow = re.compile("[\u4e00-\u9fff][,;:!?(]|[,;:!?)][\u4e00-\u9fff]")
    texts = [str(message.string) for message in read("zh_Hans") if message.id]
    assert [text for text in texts if narrow.search(re.sub(r"%\(\w+\)s", "", text))] == []


def test_plurals_and_ages() -> None:
    english = words.Words(translations(LANGUAGES[0]), LANGUAGES[0].locale)
    assert (english.period("months", 1), english.period("weeks", 2)) == (
        "every month",
        "every 2 weeks",
    )
    assert (english.days_late(1), english.days_late(2)) == ("1 day late", "2 days late")
    ages = [english.age(seconds) for seconds in (1, 119, 120, 7200, 172_800)]
    assert ages == ["1 second ago", "119 seconds ago", "2 minutes ago", "2 hours ago", "2 days ago"]
