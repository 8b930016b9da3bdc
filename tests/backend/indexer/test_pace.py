"""The range of a request adapts to what the node bears."""

from __future__ import annotations

from tallystick.indexer.pace import MOST_BLOCKS, Pace


def test_quick_answers_widen_up_to_the_bound() -> None:
    pace = Pace(100)
    pace.succeeded(0.1, 10)
    assert pace.blocks == 200
    for _ in range(100):
        pace.succeeded(0.1, 10)
    assert pace.blocks == MOST_BLOCKS


def test_slow_or_crowded_answers_halve() -> None:
    pace = Pace(400)
    pace.succeeded(5.0, 10)
    assert pace.blocks == 200
    pace.succeeded(0.1, 50_000)
    assert pace.blocks == 100


def test_what_is_neither_stays() -> None:
    pace = Pace(400)
    pace.succeeded(1.0, 10)
    pace.succeeded(0.1, 8_000)
    assert pace.blocks == 400


def test_refusals_halve_down_to_a_single_block() -> None:
    pace = Pace(5)
    assert pace.failed()
    assert pace.failed()
    assert pace.blocks == 1
    assert not pace.failed()
