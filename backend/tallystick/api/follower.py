"""The indexers inside the server's process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tallystick.chain.deployment import load_deployment
from tallystick.chain.registry import Registry
from tallystick.config import Settings
from tallystick.indexer.fleet import Fleet
from tallystick.indexer.lock import Shared

_PAUSE_SECONDS = 2.0

logger = logging.getLogger(__name__)


@contextmanager
def following(settings: Settings) -> Iterator[None]:
    """Follows the chains into the database meanwhile, in threads of their own.

    What goes wrong there is logged and shows in `/readyz`; the server goes on answering from what
    is indexed.
    """
    stop = threading.Event()
    thread = threading.Thread(target=_follow, args=(settings, stop), name="indexer", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


def _follow(settings: Settings, stop: threading.Event) -> None:
    home = load_deployment(settings.deployment)
    registry = Registry(home, settings.registry)
    while not stop.is_set():
        try:
            with Shared(settings.db) as shared:
                nodes = settings.nodes(home.chain_id)
                poll = settings.index_poll
                Fleet(registry, nodes, settings.db, shared, poll_seconds=poll).follow(stop)
        except Exception:  # the API must go on answering, whatever became of the index
            logger.exception("the index does not advance")
        stop.wait(_PAUSE_SECONDS)
