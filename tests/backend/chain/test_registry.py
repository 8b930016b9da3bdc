"""The registry of deployments: read again when it changes, and no record spoils the others."""

from __future__ import annotations

import json
from pathlib import Path

from tallystick.chain.deployment import Deployment
from tallystick.chain.registry import Registry

HOME = Deployment(1, "0x" + "11" * 20, 5)


def write(folder: Path, name: str, chain_id: int, digits: str, block: int) -> None:
    record = {"chain_id": chain_id, "book": {"address": "0x" + digits * 20, "block": block}}
    (folder / name).write_text(json.dumps(record))


def found(registry: Registry) -> list[tuple[int, str, int]]:
    return [(one.chain_id, one.book[2:4], one.from_block) for one in registry.books]


def test_home_comes_first_and_each_book_once(tmp_path: Path) -> None:
    write(tmp_path, "a.json", 4, "33", 9)
    write(tmp_path, "b.json", 1, "22", 7)
    write(tmp_path, "c.json", 1, "11", 1)  # the home again, told otherwise
    registry = Registry(HOME, tmp_path)
    assert found(registry) == [(1, "11", 5), (1, "22", 7), (4, "33", 9)]
    assert registry.chain_ids() == (1, 4)
    assert [one.book[2:4] for one in registry.of_chain(4)] == ["33"]


def test_what_is_added_later_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "deployments"
    registry = Registry(HOME, folder)
    assert not registry.read()
    folder.mkdir()
    write(folder, "a.json", 4, "33", 9)
    assert registry.read()
    assert found(registry)[1:] == [(4, "33", 9)]
    assert not registry.read()


def test_a_record_that_cannot_be_read_is_left_out_until_it_changes(tmp_path: Path) -> None:
    write(tmp_path, "a.json", 4, "33", 9)
    (tmp_path / "b.json").write_text("{")
    registry = Registry(None, tmp_path)
    assert found(registry) == [(4, "33", 9)]
    assert list(registry.problems) == ["b.json"]
    write(tmp_path, "b.json", 4, "44", 10)
    registry.read()
    assert found(registry) == [(4, "33", 9), (4, "44", 10)]
    assert registry.problems == {}
