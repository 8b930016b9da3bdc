"""The real stack that a simulation is played on: chain, contracts, service with indexer, keeper."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
from eth_account import Account

from tallystick.chain.client import BookClient
from tallystick.chain.deployment import load_deployment
from tallystick.chain.devchain import DevelopmentChain
from tallystick.chain.errors import RpcError
from tallystick.chain.rpc import Rpc
from tallystick.config import Settings
from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.settlement.assembly import assemble
from tallystick.simulate.mailbox import Mailbox
from tallystick.simulate.relay import Relay
from tallystick.simulate.wallets import BLOCK_GAS
from tallystick.stack.chain import deploy, wait_until
from tallystick.stack.checks import check_ports, check_tools
from tallystick.stack.layout import KEEPER_KEY, TOOLS, Layout
from tallystick.stack.process import Child
from tallystick.stack.secrets import vault_secrets

_READY_SECONDS = 120.0
_INDEX_SECONDS = 120.0
_LOOK_SECONDS = 0.005
_STATES = 16
"""Blocks whose state the node keeps: enough for a reorg, and for what is asked at the end."""
_POLL_SECONDS = "0.02"
"""Of the index; a day lasts less than a second."""
_BATCH = 50
_RETRIES = "1d,2d,4d,7d"
"""When the keeper tries again what it could not collect, as a lender would agree on it."""


class Stage:
    """Everything running below `folder`; a context manager that ends it.

    Raises StackError, ChainError, SettingsError on entering.
    """

    def __init__(self, folder: Path, port: int, chain_port: int, begin: int) -> None:
        """`begin`: Unix seconds of the chain's first block."""
        self.layout = Layout(folder, port, chain_port)
        self._begin = begin
        self._children: list[Child] = []
        self._relay = Relay(chain_port)
        self.mailbox = Mailbox()

    def __enter__(self) -> Stage:
        check_tools()
        check_ports(self.layout)
        self.layout.var.mkdir(parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _start(self) -> None:
        layout = self.layout
        self.node = self._child("chain", self._anvil(), {})
        self.rpc = Rpc(layout.rpc_url, retries=0, timeout=30.0)
        wait_until(self._answers, self.node, 20.0)
        deploy(layout)
        record = load_deployment(layout.record)
        assert record.token is not None  # noqa: S101 - a development chain has one
        self.record, self.token = record, record.token
        self.chain = DevelopmentChain(self.rpc)
        self.book = BookClient(layout.rpc_url, record.book)
        program = str(Path(sys.executable).with_name("tallystick"))
        wire = {"TALLYSTICK_RPC_URL": f"http://127.0.0.1:{self._relay.port}"}
        wire["TALLYSTICK_INDEX_POLL"] = _POLL_SECONDS
        environment = layout.environment() | wire | vault_secrets(layout)
        server = self._child("service", [program, "serve"], environment)
        wait_until(self._ready, server, _READY_SECONDS)
        self.chain.fund(Account.from_key(KEEPER_KEY).address, 10**24)
        self.mailbox.start()
        mail = {
            "TALLYSTICK_SMTP_URL": self.mailbox.url,
            "TALLYSTICK_KEEPER_RETRIES": _RETRIES,
            "TALLYSTICK_MAIL_FROM": "Simulation <loans@simulation.example>",
        }
        self.settings = Settings.from_environment(
            environment | mail | {"TALLYSTICK_KEEPER_KEY": KEEPER_KEY}
        )
        self.keeper = assemble(self.settings, 1.0, _BATCH)
        self.index: Database = repository.open_index(layout.database)

    def _anvil(self) -> list[str]:
        return [
            *(str(TOOLS / "bin" / "anvil"), "--host", "127.0.0.1", "--hardfork", "prague"),
            *("--port", str(self.layout.chain_port), "--quiet", "--timestamp", str(self._begin)),
            *("--order", "fifo", "--gas-limit", str(BLOCK_GAS), "--prune-history", str(_STATES)),
        ]

    def _child(self, name: str, command: list[str], environment: dict[str, str]) -> Child:
        child = Child.start(name, command, environment, self.layout.log(name))
        self._children.append(child)
        return child

    def _answers(self) -> bool:
        try:
            self.rpc.call("eth_chainId")
        except RpcError:
            return False
        return True

    def _ready(self) -> bool:
        try:
            return httpx.get(self.layout.url + "/readyz", timeout=2.0).is_success
        except httpx.HTTPError:
            return False

    def settle_index(self) -> None:
        """Returns once the index stands at the head. Raises TimeoutError."""
        head = self.rpc.call("eth_getBlockByNumber", "latest", False)  # noqa: FBT003
        wanted = bytes.fromhex(head["hash"][2:])
        until = time.monotonic() + _INDEX_SECONDS
        while (at := repository.cursor(self.index, self.record.chain_id)) is None or (
            at.hash != wanted
        ):
            if time.monotonic() > until:
                raise TimeoutError(f"the index is not at block {int(head['number'], 16)}")
            time.sleep(_LOOK_SECONDS)

    def outage(self) -> AbstractContextManager[None]:
        """Meanwhile service and keeper do not reach the node."""
        return self._relay.outage()

    def _stop(self) -> None:
        for child in reversed(self._children):
            child.stop()
        self._relay.close()
        self.mailbox.stop()
