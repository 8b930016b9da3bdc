"""The keeper with everything it needs, from the settings."""

from __future__ import annotations

from functools import partial

from tallystick.chain.client import BookClient
from tallystick.chain.deployment import load_deployment, verify
from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Sender
from tallystick.config import Settings, SettingsError
from tallystick.db import migrate, open_database
from tallystick.indexer.repository import open_index
from tallystick.settlement import purse
from tallystick.settlement.keeper import Keeper
from tallystick.settlement.migrations import schema
from tallystick.settlement.service import KeeperService


def assemble(settings: Settings, interval: float, batch: int) -> KeeperService:
    """A keeper for the configured book.

    `interval` in seconds, `batch` in loans. Raises SettingsError without a usable key, ChainError
    when the node or the book is not the recorded one, DatabaseError without an index.
    """
    if settings.keeper_key is None:
        raise SettingsError("Set TALLYSTICK_KEEPER_KEY to the private key that pays for gas.")
    deployment = load_deployment(settings.deployment)
    rpc = Rpc(settings.rpc_url)
    verify(rpc, deployment)
    try:
        key = settings.keeper_key.get_secret_value()
        sender = Sender(rpc, key, deployment.chain_id)
    except ValueError:  # whose text might show the key
        raise SettingsError("TALLYSTICK_KEEPER_KEY is not a private key.") from None
    open_index(settings.db).close()
    db = open_database(settings.db)
    migrate(db, schema)
    client = BookClient(settings.rpc_url, deployment.book)
    keeper = Keeper(db, rpc, client, sender, deployment.chain_id, batch)
    lock = settings.db.with_name(settings.db.name + ".keeper.lock")
    return KeeperService(keeper, partial(purse.look, rpc, sender.address, batch), lock, interval)
