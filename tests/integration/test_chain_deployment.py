"""The deployment record against what a node serves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.world import World

from tallystick.chain.deployment import Deployment, Part, load_deployment, verify
from tallystick.chain.errors import (
    BookMissing,
    ChainReplaced,
    CodeMismatch,
    DeploymentInvalid,
    DeploymentMissing,
    WrongChain,
)


def record(deployment: Deployment) -> dict[str, object]:
    assert deployment.code_hash is not None
    return {
        "chain_id": deployment.chain_id,
        "book": {
            "address": deployment.book.lower(),
            "block": deployment.from_block,
            "transaction": "0x" + "11" * 32,
            "code_hash": "0x" + deployment.code_hash.hex(),
        },
        "parts": [
            {"address": part.address, "code_hash": "0x" + part.code_hash.hex()}
            for part in deployment.parts
        ],
        "token": {"address": deployment.token, "block": 1},
        "genesis_hash": "0x" + (deployment.genesis_hash or b"").hex(),
        "compiler": {"version": "0.8.30"},
    }


def test_a_record_is_read_and_verified(world: World, tmp_path: Path) -> None:
    path = tmp_path / "deployment.json"
    path.write_text(json.dumps(record(world.deployment)))
    deployment = load_deployment(path)
    assert deployment == world.deployment
    identity = verify(world.rpc, deployment)
    assert identity.genesis_hash == world.deployment.genesis_hash
    assert identity.code_hash == world.deployment.code_hash
    unknown = replace(deployment, genesis_hash=None, code_hash=None)
    assert verify(world.rpc, unknown) == identity


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"chain_id": 1, "book": {"address": "0x12", "block": 1}}']
)
def test_a_broken_record_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "deployment.json"
    path.write_text(text)
    with pytest.raises(DeploymentInvalid, match=r"deployment\.json"):
        load_deployment(path)


def test_a_missing_record_tells_the_cure(tmp_path: Path) -> None:
    with pytest.raises(DeploymentMissing, match="deploy first"):
        load_deployment(tmp_path / "deployment.json")


def test_every_difference_has_its_error(world: World) -> None:
    right = world.deployment
    with pytest.raises(WrongChain, match="chain 31337"):
        verify(world.rpc, replace(right, chain_id=1))
    with pytest.raises(ChainReplaced, match="started anew"):
        verify(world.rpc, replace(right, genesis_hash=b"\x01" * 32))
    with pytest.raises(BookMissing, match="no contract"):
        verify(world.rpc, replace(right, book=world.parties["ada"].address))
    with pytest.raises(CodeMismatch, match="not the recorded one"):
        verify(world.rpc, replace(right, book=world.token))
    with pytest.raises(CodeMismatch, match="not the recorded one"):
        verify(world.rpc, replace(right, parts=(Part(world.token, b"\x01" * 32),)))
