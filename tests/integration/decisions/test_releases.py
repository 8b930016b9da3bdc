"""Rules put into force over HTTP by two people, and money that a contract lends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from eth_abi import encode
from eth_utils import keccak
from tests.backend.decisions.cards import lending_card
from tests.integration.anvil import Anvil
from tests.integration.contracts import compiled
from tests.integration.decisions.stage import (
    CHECKER,
    LENDER,
    MAKER,
    ROOT,
    Applicant,
    Stage,
    lending,
)
from tests.integration.decisions.test_flow import originate
from tests.integration.decisions.test_reviews import staff
from tests.integration.identity.browser import problem
from tests.integration.identity.gate import Person
from tests.integration.world import UNIT, World

from tallystick.chain.deployment import checked_address
from tallystick.decisions import releases
from tallystick.decisions.document import read_yaml
from tallystick.identity.authority.roles import Role
from tallystick.scoring.card import dump_card

POLICY, CATALOGUE = (
    json.loads(read_yaml(ROOT / "lending" / f"{name}.yaml")) for name in ("policy", "catalogue")
)


@pytest.fixture(scope="module")
def by_contract(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A service whose lender is a contract with ben as its owner."""
    with Anvil() as anvil:
        world = World(anvil, ("ben", "cem", "dora"))
        ben = Person(LENDER).address
        code = compiled()["ContractWallet"] + encode(["address"], [ben]).hex()
        wallet = checked_address(world.create(ben, code)["contractAddress"])
        for call, words in (
            ("mint(address,uint256)", (wallet, 1_000_000 * UNIT)),
            ("approve(address,uint256)", (world.book, 2**255)),
        ):
            data = keccak(text=call)[:4] + encode(["address", "uint256"], words)
            through = keccak(text="execute(address,bytes)")[:4]
            through += encode(["address", "bytes"], [world.token, data])
            world.send(world.parties["ben"], through, to=wallet)
        with lending(world, tmp_path_factory.mktemp("contract"), lender=wallet) as stage:
            yield stage


def card(stage: Stage) -> str:
    with stage.database() as db:
        return releases.put_card(db, dump_card(lending_card()), stage.now)


def signature(who: Applicant, message: str) -> dict[str, str]:
    signed = "0x" + who.person.sign(message).hex()
    return {"account": who.person.address, "signature": signed}


def test_two_people_put_rules_into_force(by_contract: Stage) -> None:
    stage = by_contract
    maker, checker = (staff(stage, name, Role.RISK_OFFICER) for name in (MAKER, CHECKER))
    rules: dict[str, Any] = {
        "catalogue": CATALOGUE,
        "champion": {"policy": POLICY, "card": card(stage)},
    }
    problem(staff(stage, "rev").post("/releases", rules), 403, "role_missing")
    wrong = rules | {"champion": rules["champion"] | {"policy": POLICY | {"grades": []}}}
    problem(maker.post("/releases", wrong), 422, "release_invalid")
    unknown = rules | {"champion": rules["champion"] | {"card": "ab" * 32}}
    problem(maker.post("/releases", unknown), 409, "release_refused")
    kept = maker.post("/releases", rules).json()
    assert (kept["cases"], kept["activation"]) == (len(POLICY["cases"]), 1)
    assert maker.get("/releases").json()["in_force"] is None
    path = f"/releases/{kept['release']}"
    shown = checker.get(path).json()
    assert (shown["catalogue"], shown["champion"]["policy"]) == (CATALOGUE, POLICY)

    problem(
        maker.post(f"{path}/proposal", signature(checker, kept["maker_signs"])),
        404,
        "wallet_not_found",
    )
    other = signature(maker, "something else")
    problem(maker.post(f"{path}/proposal", other), 409, "release_refused")
    stranger = staff(stage, "dave", Role.RISK_OFFICER)
    mine = signature(stranger, kept["maker_signs"])
    problem(stranger.post(f"{path}/proposal", mine), 409, "release_refused")
    proposed = maker.post(f"{path}/proposal", signature(maker, kept["maker_signs"]))
    assert proposed.status_code == 201, proposed.text
    about = {"activation": 1}
    own = signature(maker, kept["checker_signs"]) | about
    problem(maker.post(f"{path}/approval", own), 403, "same_eyes")
    assert maker.get("/releases").json()["in_force"] is None
    applicant = Applicant(stage, Person("early"))
    early = applicant.post("/me/applications", applicant.application())
    problem(early, 503, "lending_unavailable")
    theirs = signature(checker, kept["checker_signs"]) | about
    done = checker.post(f"{path}/approval", theirs)
    assert done.status_code == 200, done.text
    found = checker.get("/releases").json()
    assert (found["in_force"], found["next_activation"]) == (kept["release"], 2)
    assert [(each["maker"], each["checker"]) for each in found["data"]] == [
        (maker.person.address, checker.person.address)
    ]
    problem(checker.post(f"{path}/approval", theirs), 409, "release_refused")
    problem(checker.get(f"/releases/{'ab' * 32}"), 404, "release_not_found")


def test_a_contract_lends_what_its_owner_signed(by_contract: Stage) -> None:
    stage = by_contract
    fay = Applicant(stage, Person("fay"))
    decided = fay.apply()
    assert decided["outcome"] == "approve", decided["reasons"]
    loan = originate(stage, fay, decided)
    assert loan["lender"] == stage.settings.lender

    refuse = keccak(text="setRefuses(bool)")[:4] + encode(["bool"], [True])
    stage.world.send(stage.world.parties["ben"], refuse, to=str(stage.settings.lender))
    again = fay.post("/me/applications", fay.application(amount="1000.00"))
    problem(again, 503, "lending_unavailable")
    assert len(fay.get("/me/applications").json()["data"]) == 1  # and nothing was kept
