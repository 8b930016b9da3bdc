"""What the chain tells of wallets: as of a block, whatever happens afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.integration.scenario import Life, index
from tests.integration.servicing import Servicing
from tests.integration.world import UNIT, World

from tallystick.chain.errors import RpcRefused
from tallystick.chain.rpc import Rpc
from tallystick.earlywarning.run import run
from tallystick.earlywarning.store import Change, open_records, open_triggers_file
from tallystick.indexer import repository
from tallystick.indexer.indexer import Indexer
from tallystick.loans.calendar import day_at, due_day
from tallystick.wallets.credit import CreditHistory, credit_history
from tallystick.wallets.errors import CutOrphaned, IndexBehind
from tallystick.wallets.onchain import MOST_BATCHES, wallet_facts
from tallystick.wallets.repository import AsOf, Cut, cut_at, cut_now


def histories(world: World, path: Path, cut: Cut) -> list[CreditHistory]:
    with repository.open_index(path) as db:
        told = [AsOf(cut, day_at(cut.timestamp))]
        return [credit_history(db, [party.address], told) for party in world.parties.values()]


def cut_of(path: Path) -> Cut:
    with repository.open_index(path) as db:
        return cut_now(db)


def test_nothing_after_the_cut_is_seen_not_even_through_a_reorg(
    world: World, database_path: Path, tmp_path: Path
) -> None:
    life = Life(world, seed=11)
    seen: list[tuple[Cut, list[CreditHistory]]] = []
    with Indexer(Rpc(world.url), world.deployment, database_path) as indexer:
        for part in range(6):
            life.play(8)
            indexer.run_until_head()
            cut = cut_of(database_path)
            seen.append((cut, histories(world, database_path, cut)))
            if part == 3:  # an index that ends at the cut knows nothing else
                index(world, tmp_path / "then.db")
                assert histories(world, tmp_path / "then.db", cut) == seen[-1][1]
        assert seen[0][1] != seen[-1][1]
        for cut, before in seen:
            assert histories(world, database_path, cut) == before
        world.reorg(world.head() - seen[3][0].number)
        life.forget_vanished()
        life.play(12)
        indexer.run_until_head()
    for cut, before in seen[:4]:
        assert histories(world, database_path, cut) == before
    for cut, _ in seen[4:]:
        with pytest.raises((CutOrphaned, IndexBehind)):
            histories(world, database_path, cut)
    with repository.open_index(database_path) as db:
        for cut, _ in seen[:4]:
            again = cut_at(db, cut.timestamp)  # blocks of one second are all in
            assert (again.timestamp, again.number >= cut.number) == (cut.timestamp, True)
            later = "SELECT min(timestamp) FROM blocks WHERE number > ?"
            assert db.execute(later, [again.number]).fetchone()[0] > cut.timestamp
            assert cut_at(db, cut.timestamp + 1).timestamp >= cut.timestamp
        with pytest.raises(IndexBehind):
            cut_at(db, world.now() + 1)


def test_late_repaired_and_restored(world: World, database_path: Path) -> None:
    servicing = Servicing(world)
    ada, cem = world.parties["ada"], world.parties["cem"]
    good = world.originate()
    bad = world.originate(
        guarantor=cem.address, guaranteed=500 * UNIT, guarantee_days=10, default_days=20
    )
    loan_id = world.loan_id(bad)

    def seen(wallet: str = ada.address) -> CreditHistory:
        index(world, database_path)
        with repository.open_index(database_path) as db:
            cut = cut_now(db)
            return credit_history(db, [wallet], [AsOf(cut, day_at(cut.timestamp))])

    assert seen(cem.address) == CreditHistory()
    first = seen()
    assert (first.loans, first.rows_paid, first.age_days, first.on_time_share) == (2, 0, 0, None)
    assert first.utilisation == 1
    world.travel_to_day(due_day(good, 0))
    world.collect(good)
    world.travel_to_day(due_day(bad, 0) + 5)
    late = seen()
    assert (late.rows_paid, late.rows_on_time, late.rows_unpaid) == (1, 1, 1)
    assert (late.late_days_now, late.on_time_share) == (5, 0.5)
    world.travel_to_day(due_day(bad, 0) + 12)
    servicing.draw(bad)
    world.travel_to_day(due_day(bad, 1) + 25)
    servicing.default(bad)
    drawn = seen()
    assert (drawn.guarantees_called, drawn.defaults, drawn.rows_paid) == (1, 1, 2)
    assert drawn.paid_by_others == 0.5
    assert drawn.worst_late_days == 25
    watched = servicing.amend(bad, loan_id, watch_rows=1, capitalise=True)
    assert (seen().amendments, seen().on_watch) == (1, 1)
    world.travel_to_day(due_day(watched, 0))
    world.collect(watched)
    end = seen()
    assert (end.restored, end.on_watch, end.open_loans) == (1, 0, 2)
    assert end.features()["chain_restored"] == 1
    assert [each.token for each in end.outstanding] == [world.token]


def test_triggers_follow_the_chain(world: World, database_path: Path, tmp_path: Path) -> None:
    late, good = world.originate(), world.originate(world.terms("cem", "ben"))
    records = tmp_path / "warnings.db"

    def noted() -> tuple[int, Change, list[tuple[bytes, str]]]:
        index(world, database_path)
        _, loans, change = run(database_path, records)
        with open_triggers_file(records) as db:
            found = [(one.loan_id, one.trigger.code) for one in open_records(db)]
        return loans, change, found

    assert noted() == (2, Change(0, 0, 0), [])
    world.travel_to_day(due_day(late, 0) + 4)
    world.collect(good)
    assert noted()[2] == [(world.loan_id(late), "late")]
    world.collect(late)
    assert noted() == (2, Change(0, 0, 1), [])


def test_general_history_of_a_wallet(world: World) -> None:
    dora = world.parties["dora"]
    empty = world.checked("12" * 20)
    world.mine(40)
    world.rpc.call("anvil_setBalance", empty, hex(5))
    world.mine(300)
    world.travel(world.now() + 10 * 86_400)
    head = world.rpc.call("eth_getBlockByNumber", "latest", False)
    cut = Cut(int(head["number"], 16), bytes.fromhex(head["hash"][2:]), int(head["timestamp"], 16))
    facts = wallet_facts(world.rpc, dora.address, world.token, cut)
    assert (facts.kind, facts.age_from, facts.age_days) == ("key", "nonce", 10)
    assert facts.token_balance == 10_000_000 * UNIT
    assert facts.batches <= MOST_BATCHES
    counts = [
        int(world.rpc.call("eth_getTransactionCount", dora.address, hex(block)), 16)
        for block in (facts.first_block - 1, facts.first_block)
    ]
    assert counts == [0, 1]
    book = wallet_facts(world.rpc, world.book, world.token, cut)
    assert (book.kind, book.age_from) == ("contract", "code")
    assert book.first_block == world.deployment.from_block
    assert wallet_facts(world.rpc, empty, world.token, cut).age_from == "balance"
    unused = wallet_facts(world.rpc, world.checked("34" * 20), world.token, cut)
    assert (unused.age_from, unused.first_block, unused.nonce) == ("unused", None, 0)


def test_a_node_without_old_states(world: World) -> None:
    class Pruned(Rpc):
        def batch(self, calls):
            calls = list(calls)
            for method, parameters in calls:
                if method == "eth_getBalance" and parameters[1] != hex(cut.number):
                    raise RpcRefused(method, -32000, "missing trie node")
            return super().batch(calls)

    head = world.rpc.call("eth_getBlockByNumber", "latest", False)
    cut = Cut(int(head["number"], 16), b"", int(head["timestamp"], 16))
    facts = wallet_facts(Pruned(world.url), world.parties["ada"].address, world.token, cut)
    assert (facts.age_from, facts.age_days, facts.first_block) == ("no_archive", None, None)
