"""Where the stack keeps its things."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallystick.chain.hashing import keccak

ROOT: Final = Path(__file__).resolve().parents[3]
TOOLS: Final = ROOT / ".tools"

KEEPER_KEY: Final = "0x" + keccak(text="tallystick stack: keeper").hex()
"""Pays for gas on the embedded chain only, where money is free."""


@dataclass(frozen=True)
class Layout:
    """Ports, and the folder `var` that holds everything the stack writes."""

    var: Path
    port: int
    chain_port: int

    @property
    def rpc_url(self) -> str:
        return f"http://127.0.0.1:{self.chain_port}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def chain_state(self) -> Path:
        """The chain as last saved whole."""
        return self.var / "chain" / "state.json"

    @property
    def chain_working(self) -> Path:
        """What anvil loads and saves."""
        return self.var / "chain" / "anvil.json"

    @property
    def database(self) -> Path:
        return self.var / "tallystick.db"

    @property
    def record(self) -> Path:
        """Of the deployment."""
        return self.var / "deployment.json"

    @property
    def demo(self) -> Path:
        """Exists once the demo has been played to its end."""
        return self.var / "demo.json"

    @property
    def lock(self) -> Path:
        return self.var / "stack.lock"

    @property
    def processes(self) -> Path:
        """The running children, to be found again after a crash."""
        return self.var / "processes.json"

    @property
    def vault_keys(self) -> Path:
        """Keys of the vault of personal data, made at the first start."""
        return self.var / "vault-secrets.json"

    @property
    def sink(self) -> Path:
        """Where messages go instead of to people."""
        return self.var / "messages.jsonl"

    def log(self, name: str) -> Path:
        return self.var / "log" / f"{name}.log"

    @property
    def private_files(self) -> tuple[Path, ...]:
        """Databases beside the index; the vault's keys lie beside it."""
        names = "identity vault vault-keys webhooks screening warnings servicing messages receipts"
        return tuple(self.var / f"{name}.db" for name in names.split())

    def environment(self) -> dict[str, str]:
        """The settings of every process of the service, without secrets."""
        return {
            "TALLYSTICK_RPC_URL": self.rpc_url,
            "TALLYSTICK_DB": str(self.database),
            "TALLYSTICK_DEPLOYMENT": str(self.record),
            "TALLYSTICK_HOST": "127.0.0.1",
            "TALLYSTICK_PORT": str(self.port),
            "TALLYSTICK_IDENTITY": str(self.var / "identity.db"),
            "TALLYSTICK_VAULT": str(self.var / "vault.db"),
            "TALLYSTICK_WEBHOOKS": str(self.var / "webhooks.db"),
            "TALLYSTICK_SCREENING": str(self.var / "screening.db"),
            "TALLYSTICK_WARNINGS": str(self.var / "warnings.db"),
            "TALLYSTICK_SERVICING": str(self.var / "servicing.db"),
            "TALLYSTICK_MESSAGES": str(self.var / "messages.db"),
            "TALLYSTICK_RECEIPTS": str(self.var / "receipts.db"),
        }
