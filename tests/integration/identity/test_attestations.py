"""Attestations as the gate on a real chain judges them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from eth_abi import decode, encode
from eth_utils import keccak
from tests.integration.anvil import Anvil
from tests.integration.contracts import compiled
from tests.integration.identity.gate import ADA, BEN, CHAIN_ID, EVE

from tallystick.chain.deployment import checked_address
from tallystick.chain.sender import Sender
from tallystick.identity.attestations import KINDS, Attestation, Gate, kind_of, revoke
from tallystick.identity.cli import attest

ISSUER, OWNER = BEN, EVE
KIND = "kyc_verified"


class Judge:
    """The gate contract."""

    def __init__(self, chain: Anvil, gate: Gate) -> None:
        self.rpc = chain.rpc
        self.gate = gate

    @property
    def now(self) -> int:
        return int(self.rpc.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def call(self, signature: str, types: list[str], values: list[object]) -> bytes:
        data = keccak(text=signature)[:4] + encode(types, values)
        return bytes.fromhex(
            self.rpc.call("eth_call", {"to": self.gate.address, "data": "0x" + data.hex()})[2:]
        )

    def admits(self, wallet: str, name: str, attestation: bytes) -> bool:
        types = ["address", "bytes32", "bytes"]
        values = [wallet, kind_of(name), attestation]
        return bool(decode(["bool"], self.call("admits(address,bytes32,bytes)", types, values))[0])

    def issue(self, wallet: str = ADA.address, name: str = KIND, days: int = 1) -> Attestation:
        times = (self.now, self.now + days * 86_400)
        return Attestation.issue("0x" + ISSUER.key.hex(), self.gate, wallet, name, times)


@pytest.fixture(scope="module")
def judge(chain: Anvil) -> Iterator[Judge]:
    for person in (ISSUER, OWNER):
        chain.rpc.call("anvil_setBalance", person.address, hex(10**20))
    code = compiled()["IssuerGate"] + encode(["address"], [OWNER.address]).hex()
    creation = {"from": OWNER.address, "data": code, "gas": hex(5_000_000)}
    tx_hash = chain.rpc.call("eth_sendTransaction", creation)
    receipt = None
    while receipt is None:
        receipt = chain.rpc.call("eth_getTransactionReceipt", tx_hash)
    gate = Gate(CHAIN_ID, checked_address(receipt["contractAddress"]))
    appoint = keccak(text="setIssuer(address,bytes32,bool)")[:4]
    for name in (KIND, "score_band_a"):
        values = [ISSUER.address, kind_of(name), True]
        call = appoint + encode(["address", "bytes32", "bool"], values)
        Sender(chain.rpc, OWNER.key, CHAIN_ID).send(gate.address, call)
    return Judge(chain, gate)


def test_the_gate_admits_what_was_attested_and_nothing_else(judge: Judge) -> None:
    made = judge.issue()
    assert judge.admits(ADA.address, KIND, made.encoded())
    assert not judge.admits(EVE.address, KIND, made.encoded())
    assert not judge.admits(ADA.address, "score_band_a", made.encoded())
    for forged in (
        replace(made, expires_at=made.expires_at + 1),
        replace(made, salt=bytes(32)),
        replace(made, issuer=EVE.address),
        replace(made, signature=made.signature[:63]),  # 64 bytes would be its compact form
    ):
        assert not judge.admits(ADA.address, KIND, forged.encoded())
    not_appointed = judge.issue(name="kyc_enhanced")
    assert not judge.admits(ADA.address, "kyc_enhanced", not_appointed.encoded())


def test_both_compute_the_same_digest(judge: Judge) -> None:
    made = judge.issue()
    types = ["address", "bytes32", "uint40", "uint40", "bytes32"]
    values = [made.wallet, made.kind, made.issued_at, made.expires_at, made.salt]
    signature = "digestOf(address,bytes32,uint40,uint40,bytes32)"
    assert judge.call(signature, types, values) == made.digest(judge.gate)
    assert made.digest(judge.gate) != made.digest(Gate(1, judge.gate.address))


def test_a_revocation_reaches_the_chain_and_touches_no_other(judge: Judge) -> None:
    made, other = judge.issue(), judge.issue()
    revoke(Sender(judge.rpc, ISSUER.key, CHAIN_ID), judge.gate, made.digest(judge.gate))
    assert not judge.admits(ADA.address, KIND, made.encoded())
    assert judge.admits(ADA.address, KIND, other.encoded())
    # a stranger's revocation is his own affair
    judge.rpc.call("anvil_setBalance", ADA.address, hex(10**20))
    revoke(Sender(judge.rpc, ADA.key, CHAIN_ID), judge.gate, other.digest(judge.gate))
    assert judge.admits(ADA.address, KIND, other.encoded())


def test_what_cannot_be_attested(judge: Judge) -> None:
    key = "0x" + ISSUER.key.hex()
    for name, times in (("rich", (1, 2)), (KIND, (2, 1)), (KIND, (0, 2**40))):
        with pytest.raises(ValueError, match=r"kind|attestation"):
            Attestation.issue(key, judge.gate, ADA.address, name, times)
    assert len({kind_of(name) for name in KINDS}) == len(KINDS)


def test_the_commands(judge: Judge, chain: Anvil, tmp_path: Path) -> None:
    record = tmp_path / "deployment.json"
    book = {"address": "0x" + "11" * 20, "block": 1}
    record.write_text(json.dumps({"chain_id": CHAIN_ID, "book": book}))
    environment = {
        "TALLYSTICK_RPC_URL": chain.url,
        "TALLYSTICK_DEPLOYMENT": str(record),
        "TALLYSTICK_GATE": judge.gate.address,
        "TALLYSTICK_ISSUER_KEY": "0x" + ISSUER.key.hex(),
    }

    def run(*arguments: str) -> str:
        return CliRunner().invoke(attest, arguments, env=environment).output

    issued = json.loads(run("issue", ADA.address, KIND))
    assert ISSUER.key.hex() not in str(issued)
    # the chain's clock, which the gate reads, stands in 2026
    chain.rpc.call("evm_setNextBlockTimestamp", max(issued["issued_at"], judge.now) + 1)
    chain.rpc.call("evm_mine")
    encoded = bytes.fromhex(issued["attestation"][2:])
    assert judge.admits(ADA.address, KIND, encoded)
    assert run("revoke", issued["digest"]).startswith("revoked in block")
    assert not judge.admits(ADA.address, KIND, encoded)
    assert "Error" in run("revoke", "0x00")
