"""Who lives in a simulation, the wire that can be cut, and the lines of the report."""

from __future__ import annotations

import random
import socket
import threading

import pytest

from tallystick.simulate.charts import HEIGHT, WIDTH, Line, draw
from tallystick.simulate.people import SHARES, Habit, people
from tallystick.simulate.relay import Relay


def test_a_seed_makes_the_same_people() -> None:
    once, again, other = (people(50, 700, random.Random(seed)).borrowers for seed in (1, 1, 2))
    assert once == again
    assert once != other


def test_all_habits_occur_as_often_as_they_should() -> None:
    borrowers = people(4_000, 700, random.Random(3)).borrowers
    for habit, share in SHARES.items():
        found = sum(borrower.habit is habit for borrower in borrowers) / len(borrowers)
        assert found == pytest.approx(share, abs=0.03)


def test_a_shock_takes_income_for_its_days_only() -> None:
    everybody = people(500, 700, random.Random(4)).borrowers
    one = next(b for b in everybody if b.habit is Habit.STRUGGLING and b.shock_left == 0.2)
    last = one.shock_begins + one.shock_days
    assert one.income(one.shock_begins - 1) == one.income(last) == one.spare
    assert one.income(one.shock_begins) == one.income(last - 1) == int(one.spare * 0.2)


def test_lines_stay_inside_the_picture() -> None:
    chart = draw([Line("a", "line0", [0, 5, 2.5]), Line("b", "line1", [1, 1, 1])], ["x", "y", "z"])
    points = [
        tuple(float(number) for number in point.strip("ML ").split(","))
        for _, _, path in chart.paths
        for point in path.split()
    ]
    assert len(points) == 6
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
    assert points[1][1] == min(y for _, y in points)  # the largest value is the highest
    assert [tick.label for tick in chart.columns] == ["x", "y", "z"]


@pytest.fixture
def echo():
    """A port that answers what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=_echo, args=(connection,), daemon=True).start()

        threading.Thread(target=answer, daemon=True).start()
        yield server.getsockname()[1]


def _echo(connection: socket.socket) -> None:
    with connection:
        while data := connection.recv(100):
            connection.sendall(data)


def _says(port: int, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(text)
        return connection.recv(100)


def test_a_wire_can_be_cut_and_mended(echo: int) -> None:
    relay = Relay(echo)
    try:
        assert _says(relay.port, b"before") == b"before"
        with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as connection:
            connection.sendall(b"on")
            assert connection.recv(100) == b"on"
            with relay.outage():
                assert _is_closed(connection)
                assert _is_refused(relay.port)
        assert _says(relay.port, b"after") == b"after"
    finally:
        relay.close()


def _is_refused(port: int) -> bool:
    try:
        return _says(port, b"during") == b""
    except ConnectionError:
        return True


def _is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except ConnectionError:
        return True
