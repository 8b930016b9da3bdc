"""Four eyes, the draw between champion and challenger, and documents that nobody can alter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.backend.decisions.cards import lending_card
from tests.backend.decisions.documents import LENDING
from tests.integration.identity.gate import Person

from tallystick.chain.rpc import Rpc
from tallystick.db import Database, migrate, open_database
from tallystick.decisions import releases
from tallystick.decisions.document import read_yaml
from tallystick.decisions.errors import DocumentInvalid, NothingReleased, ReleaseRefused
from tallystick.decisions.schema import schema
from tallystick.offers.schema import schema as offers
from tallystick.scoring.card import dump_card

MAKER, CHECKER, STRANGER = Person("maker"), Person("checker"), Person("stranger")
SIGNERS = (MAKER.address, CHECKER.address)
RPC = Rpc("http://127.0.0.1:9", retries=0)
"""Asked only for accounts that are contracts."""


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "decisions.db") as opened:
        migrate(opened, offers)
        migrate(opened, schema)
        yield opened


def put(db: Database, share: int = 0) -> releases.Release:
    policy = read_yaml(LENDING / "policy.yaml")
    arms = [(policy, dump_card(lending_card()))]
    if share:
        arms.append((policy, dump_card(lending_card(-4.0))))
    return releases.put_release(db, read_yaml(LENDING / "catalogue.yaml"), arms, share, 1)


def sign(who: Person, number: int, release: str, act: str) -> bytes:
    return who.sign(releases.message(number, release, act))  # type: ignore[arg-type]


def test_nothing_is_in_force_before_two_have_signed(db: Database) -> None:
    id_ = put(db).release_id
    with pytest.raises(NothingReleased):
        releases.active(db)
    proposal = sign(MAKER, 1, id_, "propose")
    signature = sign(STRANGER, 1, id_, "propose")
    with pytest.raises(ReleaseRefused, match="may not release"):
        releases.propose(db, RPC, id_, SIGNERS, STRANGER.address, signature, 2)
    begun = releases.propose(db, RPC, id_, SIGNERS, MAKER.address, proposal, 2)
    assert (begun.number, begun.checker) == (1, None)
    own = sign(MAKER, 1, id_, "approve")
    with pytest.raises(ReleaseRefused, match="cannot approve"):
        releases.approve(db, RPC, 1, SIGNERS, MAKER.address.lower(), own, 3)
    with pytest.raises(NothingReleased):
        releases.active(db)
    checked = sign(CHECKER, 1, id_, "approve")
    releases.approve(db, RPC, 1, SIGNERS, CHECKER.address, checked, 3)
    assert releases.active(db) == id_
    with pytest.raises(ReleaseRefused, match="was decided"):
        releases.approve(db, RPC, 1, SIGNERS, CHECKER.address, checked, 4)


def test_a_signature_is_good_for_one_activation(db: Database) -> None:
    first, second = put(db).release_id, put(db, 1000).release_id
    for number, release in ((1, first), (2, second)):
        for act, step, who in (
            ("propose", releases.propose, MAKER),
            ("approve", releases.approve, CHECKER),
        ):
            signature = sign(who, number, release, act)
            object_ = release if act == "propose" else number
            step(db, RPC, object_, SIGNERS, who.address, signature, 2)  # type: ignore[operator]
    assert releases.active(db) == second
    old = sign(MAKER, 1, first, "propose")
    with pytest.raises(ReleaseRefused):
        releases.propose(db, _Deaf(), first, SIGNERS, MAKER.address, old, 3)


class _Deaf(Rpc):
    """A node on which no account is a contract."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", retries=0)

    def batch(self, calls: object) -> list[str]:
        return ["0x", "0x"]


def test_the_draw_is_by_application_and_as_often_as_agreed(db: Database) -> None:
    release = put(db, 2000)
    arms = [release.arm_of(f"application_{number}") for number in range(4000)]
    assert arms == [release.arm_of(f"application_{number}") for number in range(4000)]
    assert 0.17 < arms.count("challenger") / len(arms) < 0.23
    assert releases.load_release(db, release.release_id) == release
    champion = releases.load_bench(db, release, "champion").scorer.scorer.card.intercept
    assert champion != releases.load_bench(db, release, "challenger").scorer.scorer.card.intercept
    with pytest.raises(DocumentInvalid):
        releases.put_release(db, b"{}", [(b"{}", b"{}")], 5, 1)


def test_an_altered_document_is_not_decided_by(db: Database) -> None:
    release = put(db)
    db.execute(
        "UPDATE lending_documents SET body = CAST(replace(body, '45', '44') AS BLOB)"
        " WHERE kind = 'policy'"
    )
    with pytest.raises(ReleaseRefused, match="not what it was"):
        releases.load_bench(db, release, "champion")
