from __future__ import annotations

import pytest

from tallystick.web.i18n import choose


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "tag"),
    [
        (None, None, "", "en"),
        ("zh-Hans", "en", "en", "zh-Hans"),
        ("xx", "zh-Hans", "en", "zh-Hans"),
        (None, None, "zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        (None, None, "en;q=0.5,zh;q=0.9", "zh-Hans"),
        (None, None, "zh;q=0,en", "en"),
        (None, None, "de,fr;q=0.5", "en"),
        (None, None, "en-GB", "en"),
        (None, None, ",;q=,x;q=nan,\0" * 1000, "en"),
    ],
)
def test_the_language_a_reader_gets(
    asked: str | None, remembered: str | None, accepted: str, tag: str
) -> None:
    assert choose(asked, remembered, accepted).tag == tag
