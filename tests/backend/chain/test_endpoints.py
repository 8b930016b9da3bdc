"""Which of several nodes is asked, by what happened before; nodes are stood in for by functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tallystick.chain import endpoints
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.errors import RpcRefused, RpcUnavailable, WrongChain
from tallystick.chain.rpc import Rpc

A, B = "http://a.example", "http://b.example"


class Nodes:
    """Answers by endpoint: a value, or an error to raise; and who was asked."""

    def __init__(self) -> None:
        self.says: dict[str, Any] = {A: "a", B: "b"}
        self.asked: list[str] = []
        self.now = 0.0

    def batch(self, rpc: Rpc, calls: object) -> list[Any]:
        self.asked.append(rpc.endpoint)
        said = self.says[rpc.endpoint]
        if isinstance(said, Exception):
            raise said
        return [said]


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Nodes]:
    made = Nodes()
    monkeypatch.setattr(Rpc, "batch", lambda rpc, calls: made.batch(rpc, calls))
    monkeypatch.setattr(endpoints.random, "uniform", lambda _, most: most)
    return made


@pytest.fixture
def both(nodes: Nodes) -> Endpoints:
    return Endpoints([A, B], now=lambda: nodes.now)


def test_the_first_is_asked_as_long_as_it_serves(nodes: Nodes, both: Endpoints) -> None:
    assert [both.call("x") for _ in range(3)] == ["a"] * 3
    assert nodes.asked == [A] * 3


def test_the_next_takes_over_and_keeps_on(nodes: Nodes, both: Endpoints) -> None:
    nodes.says[A] = RpcUnavailable(A, "timed out")
    assert both.call("x") == "b"
    assert both.endpoint == B
    nodes.says[A], nodes.now = "a", 1_000
    assert both.call("x") == "b"  # answers of one node follow from each other
    assert nodes.asked == [A, B, B]


def failing_for(nodes: Nodes, seconds: float) -> float:
    """How long the only node rests after an outage in which it is asked ten times a second."""
    alone = Endpoints([A], now=lambda: nodes.now)
    nodes.says[A] = RpcUnavailable(A, "timed out")
    for _ in range(int(seconds * 10)):
        with pytest.raises(RpcUnavailable):
            alone.call("x")
        nodes.now += 0.1
    return alone._nodes[0].pause


@pytest.mark.parametrize(("outage", "rest"), [(0.1, 1), (0.9, 1), (2, 2), (10, 8), (2_000, 600)])
def test_rests_grow_with_the_outage(nodes: Nodes, outage: float, rest: float) -> None:
    nodes.now = 5_000
    assert failing_for(nodes, outage) == rest


def test_who_has_served_again_is_forgiven(nodes: Nodes, both: Endpoints) -> None:
    a, _ = both._nodes
    nodes.now = 5_000
    for _ in range(4):
        nodes.now = max(nodes.now, a.rests_until)
        both._current = a
        both.distrust("it lied")
    assert a.pause == 8
    nodes.now = a.rests_until + 8.1
    both._current = a
    both.distrust("it lied again")
    assert a.pause == 1


def test_who_rests_is_asked_when_nobody_else_serves(nodes: Nodes, both: Endpoints) -> None:
    both.distrust("it lied")
    nodes.says[B] = RpcUnavailable(B, "timed out")
    assert both.call("x") == "a"
    assert nodes.asked == [B, A]


def test_a_refusal_is_an_answer(nodes: Nodes, both: Endpoints) -> None:
    nodes.says[A] = RpcRefused("x", -32602, "range too wide")
    with pytest.raises(RpcRefused):
        both.call("x")
    assert nodes.asked == [A]


def test_only_nodes_that_are_admitted_are_asked(nodes: Nodes) -> None:
    admitted: list[str] = []

    def admit(rpc: Rpc) -> None:
        admitted.append(rpc.endpoint)
        if rpc.endpoint == A:
            raise WrongChain("another chain")

    both = Endpoints([A, B], admit=admit, now=lambda: nodes.now)
    assert [both.call("x"), both.call("x")] == ["b", "b"]
    assert (admitted, nodes.asked) == ([A, B], [B, B])
    both.distrust("it lied")
    nodes.says[B] = RpcUnavailable(B, "gone")
    with pytest.raises((WrongChain, RpcUnavailable)):
        both.call("x")


def test_a_second_opinion_is_of_another_node(nodes: Nodes, both: Endpoints) -> None:
    both.call("x")
    assert both.second_opinion([("x", ())]) == ["b"]
    nodes.says[B] = RpcUnavailable(B, "gone")
    assert both.second_opinion([("x", ())]) is None
    assert both.call("x") == "a"
    assert Endpoints([A]).second_opinion([("x", ())]) is None
