from __future__ import annotations

from tallystick.chain.clock import Clock


class Node:
    """What a development node answers, and how often it was asked."""

    def __init__(self) -> None:
        self.pending: int | None = 5_000
        self.asked = 0

    def __call__(self) -> int | None:
        self.asked += 1
        return self.pending


class Wall:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time


def test_a_public_chain_runs_by_the_wall_clock_but_not_behind_its_head() -> None:
    node, wall = Node(), Wall()
    clock = Clock(1, node, wall)
    assert (clock.now(900), clock.now(1_012), node.asked) == (1_000, 1_012, 0)


def test_a_development_chain_tells_its_own_time() -> None:
    node, wall = Node(), Wall()
    clock = Clock(31337, node, wall)
    assert clock.now(4_000) == 5_000
    wall.time += 0.9
    assert (clock.now(4_000), node.asked) == (5_000, 1)
    wall.time += 0.2
    node.pending = 90_000
    assert (clock.now(4_000), node.asked) == (90_000, 2)


def test_while_the_node_is_silent_the_clock_runs_on() -> None:
    node, wall = Node(), Wall()
    node.pending = None
    clock = Clock(31337, node, wall)
    assert clock.now(4_000) == 4_000
    node.pending = 5_000
    wall.time += 2
    assert (clock.now(4_000), node.asked) == (4_000, 1)
    wall.time += 8
    assert (clock.now(4_000), node.asked) == (5_000, 2)
    node.pending = None
    wall.time += 60
    assert clock.now(4_000) == 5_060
    assert clock.now(6_000) == 6_000
