"""The proofs the server hands out, checked without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.api.server import serving
from tests.integration.api.story import Story
from tests.integration.scenario import index
from tests.integration.world import World

from tallystick.api.schemas.types import rfc3339
from tallystick.proof.verify import parse, verify


@pytest.mark.parametrize("name", ["punctual", "late", "closed", "unpaid"])
def test_what_the_server_says_is_proven(story: Story, name: str) -> None:
    path = f"/v1/loans/{story.id(name)}"
    proof, loan, payments = (story.get(path + part) for part in ("/proof", "", "/payments"))
    head = story.stage.world.rpc.call("eth_getBlockByNumber", "latest", False)
    found = verify(parse(proof), [bytes.fromhex(head["hash"][2:])])
    assert found.state.agreement.to_json() | {"plan": []} == loan["agreement"]
    assert str(found.state.paid.total) == loan["paid"]["total"]
    assert [
        (rfc3339(p.ref.timestamp), p.payer, str(p.split.total), str(p.outstanding))
        for p in found.state.payments
    ] == [
        (p["paid_at"], p["payer"], p["split"]["total"], p["outstanding"]) for p in payments["data"]
    ]


def test_an_unknown_loan(story: Story) -> None:
    answer = story.stage.http.get(f"/v1/loans/0x{'5' * 64}/proof")
    assert (answer.status_code, answer.json()["code"]) == (404, "loan_not_found")


def test_a_block_that_a_reorg_took_away(world: World, tmp_path: Path) -> None:
    """Until the indexer has looked again, the index names a block that the node lacks."""
    agreement = world.originate()
    world.mine(4)
    index(world, tmp_path / "index.db")
    world.reorg(2)
    with serving(world, tmp_path, index=False) as stage:
        answer = stage.http.get(f"/v1/loans/0x{world.loan_id(agreement).hex()}/proof")
        assert (answer.status_code, answer.json()["code"]) == (503, "proof_unavailable")
        assert answer.headers["Retry-After"] == "5"
        world.anvil.stop()
        answer = stage.http.get(f"/v1/loans/0x{world.loan_id(agreement).hex()}/proof")
        assert (answer.status_code, answer.json()["code"]) == (503, "chain_unavailable")
