"""The registry of deployments: a folder of records, each a book that is to be indexed.

A record is a file ``*.json`` as the deployment script writes it, and may be added at any time. One
that cannot be read is left out until it changes, and does not keep the others from being read.
"""

from __future__ import annotations

import logging
from pathlib import Path

from tallystick.chain.deployment import Deployment, load_deployment
from tallystick.chain.errors import DeploymentError

logger = logging.getLogger(__name__)

_Stamp = tuple[tuple[str, int, int], ...]


class Registry:
    """`home`, where there is one, and what the records in `folder` describe.

    `books` is what the last `read` found, `home` first, each book once; `problems` says by file
    name why a record is left out.
    """

    def __init__(self, home: Deployment | None, folder: Path | None) -> None:
        self._home = home
        self._folder = folder
        self._stamp: _Stamp | None = None
        self.books: tuple[Deployment, ...] = () if home is None else (home,)
        self.problems: dict[str, str] = {}
        self.read()

    def read(self) -> bool:
        """Reads again what changed since the last time; whether anything did."""
        stamp = self._look()
        if stamp == self._stamp:
            return False
        found: list[Deployment] = []
        self.problems = {}
        for name, *_ in stamp:
            assert self._folder is not None  # noqa: S101 - a name was found in it
            try:
                found.append(load_deployment(self._folder / name))
            except DeploymentError as error:
                self.problems[name] = str(error)
                logger.warning("a record of the registry is left out: %s", error)
        found.sort(key=lambda one: (one.chain_id, one.from_block, one.book))
        by_place: dict[tuple[int, str], Deployment] = {}
        for one in (*((self._home,) if self._home else ()), *found):
            by_place.setdefault((one.chain_id, one.book), one)
        self.books = tuple(by_place.values())
        self._stamp = stamp
        return True

    def of_chain(self, chain_id: int) -> tuple[Deployment, ...]:
        """The books of one chain."""
        return tuple(one for one in self.books if one.chain_id == chain_id)

    def chain_ids(self) -> tuple[int, ...]:
        """The chains on which there are books, the home's first."""
        return tuple({one.chain_id: None for one in self.books})

    def _look(self) -> _Stamp:
        if self._folder is None or not self._folder.is_dir():
            return ()
        files = sorted(self._folder.glob("*.json"))
        return tuple((f.name, s.st_mtime_ns, s.st_size) for f in files for s in [f.stat()])
