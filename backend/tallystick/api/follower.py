"""The indexer inside the server's process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tallystick.chain.deployment import load_deployment
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.errors import RpcError
from tallystick.config import Settings
from tallystick.indexer.errors import SourceError
from tallystick.indexer.indexer import Indexer

_PAUSE_SECONDS = 2.0

logger = logging.getLogger(__name__)


@contextmanager
def following(settings: Settings) -> Iterator[None]:
    """Follows the chain into the database meanwhile, in a thread of its own.

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
    rpc = Endpoints(settings.rpc_urls)
    deployment = load_deployment(settings.deployment)
    while not stop.is_set():
        try:
            with Indexer(rpc, deployment, settings.db) as indexer:
                indexer.follow(stop)
        except (RpcError, SourceError) as error:
            logger.warning("the index waits for the node: %s", error)
        except Exception:  # the API must go on answering, whatever became of the index
            logger.exception("the index does not advance")
        stop.wait(_PAUSE_SECONDS)
