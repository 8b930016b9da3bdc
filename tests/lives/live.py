"""Plays a table twice: on a chain and on paper."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.integration.world import World
from tests.lives.chain import ChainLife, Refusing
from tests.lives.model import ModelLife
from tests.lives.steps import Seen, play
from tests.lives.table import Table

_EPOCH = date(1970, 1, 1).toordinal()


def live(world: World, page: Table, path: Path) -> tuple[list[Seen], list[Seen]]:
    """What is seen after each row on the chain of `world`, indexed at `path`, and on paper."""
    steps = [(row.day.toordinal() - _EPOCH, row.step) for row in page.rows]
    on_chain = ChainLife(world, path, page.terms)
    signed = on_chain.agreement
    return play(Refusing(on_chain), steps), play(ModelLife(signed), steps)
