"""The keepers with everything they need, from the settings."""

from __future__ import annotations

from functools import partial

from tallystick.chain.deployment import load_deployment, verify
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.registry import Registry
from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Sender, SenderPolicy
from tallystick.config import Settings, SettingsError
from tallystick.db import migrate, open_database
from tallystick.indexer.repository import open_index
from tallystick.settlement import purse
from tallystick.settlement.fleet import ChainKeeper, KeeperFleet, lock_path
from tallystick.settlement.migrations import schema
from tallystick.settlement.service import KeeperService

GWEI = 10**9


def assemble(settings: Settings, interval: float, batch: int) -> KeeperFleet:
    """Keepers for every book of the registry.

    `interval` in seconds, `batch` in loans. Raises SettingsError without a usable key, ChainError
    when the first book or its node is not the recorded one, DatabaseError without an index.
    """
    if settings.keeper_key is None:
        raise SettingsError("Set TALLYSTICK_KEEPER_KEY to the private key that pays for gas.")
    key = settings.keeper_key.get_secret_value()
    home = load_deployment(settings.deployment)
    registry = Registry(home, settings.registry)
    nodes = settings.nodes(home.chain_id)
    cap = settings.keeper_max_fee_gwei * GWEI
    policy = SenderPolicy(max_fee_per_gas=cap)

    def open_chain(chain_id: int) -> KeeperService | None:
        if chain_id not in nodes:
            return None
        rpc = _rpc(nodes[chain_id])
        try:
            sender = Sender(rpc, key, chain_id, policy)
        except ValueError:  # whose text might show the key
            raise SettingsError("TALLYSTICK_KEEPER_KEY is not a private key.") from None
        keeper = ChainKeeper(
            registry,
            chain_id,
            rpc,
            sender,
            lambda: open_database(settings.db),
            batch,
            settings.keeper_retries,
        )
        look = partial(purse.look, rpc, sender.address, batch)
        lock = lock_path(settings.db, chain_id, home.chain_id)
        return KeeperService(keeper, look, lock, interval, chain_id=chain_id, max_fee=cap)

    verify(_rpc(nodes[home.chain_id]), home)
    open_index(settings.db).close()
    with open_database(settings.db) as db:
        migrate(db, schema)
    fleet = KeeperFleet(registry, open_chain)
    fleet.prepare(home.chain_id)
    return fleet


def _rpc(urls: tuple[str, ...]) -> Rpc:
    return Rpc(urls[0]) if len(urls) == 1 else Endpoints(urls)
