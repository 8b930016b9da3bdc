"""The range of a request adapts to what the node bears."""

from __future__ import annotations

from tallystick.indexer.pace import MOST_BLOCKS, WANTED_EVENTS, Pace


def test_it_starts_small_and_at_most_doubles() -> None:
    pace = Pace(4)
    pace.succeeded(0.1, 4, 0)
    assert pace.blocks == 8
    for _ in range(20):
        pace.succeeded(0.1, pace.blocks, 10)
    assert pace.blocks == MOST_BLOCKS


def test_a_crowded_chain_is_read_in_small_ranges() -> None:
    pace = Pace(100)
    pace.succeeded(0.1, 100, 2 * WANTED_EVENTS)
    assert pace.blocks == 50
    pace.succeeded(0.1, 1, 10 * WANTED_EVENTS)
    assert pace.blocks == 1


def test_the_short_last_range_does_not_narrow_the_next() -> None:
    pace = Pace(100)
    pace.succeeded(0.1, 3, 10)
    assert pace.blocks == 100


def test_slow_answers_halve() -> None:
    pace = Pace(400)
    pace.succeeded(5.0, 400, 10)
    assert pace.blocks == 200


def test_refusals_halve_down_to_a_single_block() -> None:
    pace = Pace(5)
    assert pace.failed()
    assert pace.failed()
    assert pace.blocks == 1
    assert not pace.failed()


def test_what_was_refused_is_approached_slowly() -> None:
    pace = Pace(100)
    assert pace.failed()
    for tried in range(3):
        pace.succeeded(0.1, pace.blocks, 0)
        assert pace.blocks < 100 + 10 * tried
