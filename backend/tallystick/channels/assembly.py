"""The payer with everything it needs, from the settings."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.chain.deployment import load_deployment
from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Sender, SenderPolicy
from tallystick.channels.catalogue import Channel
from tallystick.channels.payer import Node, Payer
from tallystick.config import Settings, SettingsError
from tallystick.db import Database

_GWEI = 10**9


def payer(
    settings: Settings, db: Database, index: Database, channels: Mapping[str, Channel]
) -> Payer:
    """Raises SettingsError without a usable key, DeploymentError."""
    if settings.collector_key is None:
        raise SettingsError("Set TALLYSTICK_COLLECTOR_KEY to the key of the collector's account.")
    key = settings.collector_key.get_secret_value()
    policy = SenderPolicy(max_fee_per_gas=settings.keeper_max_fee_gwei * _GWEI)
    home = load_deployment(settings.deployment).chain_id
    nodes = {}
    for chain_id, urls in settings.nodes(home).items():
        rpc = Rpc(urls[0])
        try:
            nodes[chain_id] = Node(rpc, Sender(rpc, key, chain_id, policy))
        except ValueError:  # whose text might show the key
            raise SettingsError("TALLYSTICK_COLLECTOR_KEY is not a private key.") from None
    return Payer(db, index, channels, nodes)
