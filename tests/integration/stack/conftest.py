"""One stack that has played the demo, for all tests here: the demo takes half a minute."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.stack.running import RunningStack


def free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    try:
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]
    finally:
        for probe in sockets:
            probe.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[RunningStack]:
    """A stack that was never started."""
    stack = RunningStack(tmp_path / "var", *free_ports(2))
    yield stack
    if stack.is_running:
        stack.interrupt()


@pytest.fixture(scope="session")
def played_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RunningStack, str]]:
    stack = RunningStack(tmp_path_factory.mktemp("stack") / "var", *free_ports(2))
    try:
        yield stack, stack.start()
    finally:
        if stack.is_running:
            stack.interrupt()


@pytest.fixture
def first_output(played_stack: tuple[RunningStack, str]) -> str:
    """What the first start printed."""
    return played_stack[1]


@pytest.fixture
def stack(played_stack: tuple[RunningStack, str]) -> RunningStack:
    """The stack, running, after its demo."""
    played_stack[0].ensure()
    return played_stack[0]
