"""Lives of loans as tables, `tests/lives/tables`: the chain, the mathematics and the page agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.anvil import Anvil
from tests.integration.world import World
from tests.lives import table
from tests.lives.live import live
from tests.lives.steps import take


@pytest.fixture(scope="module")
def stage() -> Iterator[World]:
    """One chain for all tables; each begins where it stood at first."""
    with Anvil() as anvil:
        yield World(anvil)


@pytest.fixture
def fresh(stage: World) -> Iterator[World]:
    snapshot = stage.rpc.call("evm_snapshot")
    yield stage
    stage.rpc.call("evm_revert", snapshot)


def test_there_are_lives_enough() -> None:
    assert len(table.tables()) >= 60


@pytest.mark.parametrize("path", table.tables(), ids=lambda path: path.stem)
def test_life(fresh: World, database_path: Path, path: Path) -> None:
    page = table.read(path)
    chain, model = live(fresh, page, database_path)
    assert chain == model
    written = [(row.day, row.step, row.seen) for row in page.rows]
    lived = [(row.day, row.step, seen.cells()) for row, seen in zip(page.rows, chain, strict=True)]
    assert lived == written


@pytest.mark.parametrize(
    "step", ["the keeper sleeps", "the borrower pays", "the borrower pays 1.2.3"]
)
def test_a_sentence_that_nobody_knows_is_refused(step: str) -> None:
    with pytest.raises(ValueError, match="nobody knows"):
        take(None, step)  # type: ignore[arg-type]


def test_a_page_in_another_form_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "life.md"
    text = table.tables()[0].read_text("utf-8")
    for wrong in (text.replace("| penalty", "| fine"), text.replace(" Originated ", " | ")):
        page.write_text(wrong, "utf-8")
        with pytest.raises(ValueError, match=r"life.md"):
            table.read(page)
    with pytest.raises(ValueError, match="six decimals"):
        table.units("1.0000001")
