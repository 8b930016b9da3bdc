"""Kills the indexer at random moments, among random reorgs, and looks for a wrong state.

    make soak-indexer KILLS=1000 SEED=1

After every kill the index must agree with itself: each loan is the fold of its own events, and the
cursor is a block that it knows. After every fifth it is continued to the head and must equal a
fresh index, by digest. The last line is one JSON object; the exit code is 1 if anything differed.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from tests.integration.anvil import Anvil
from tests.integration.scenario import Life, digest_of, follow_slowly, index, loan_ids
from tests.integration.world import World

from tallystick.chain.deployment import Deployment
from tallystick.chain.rpc import Rpc
from tallystick.db import DatabaseMissing, SchemaOutdated
from tallystick.indexer import repository
from tallystick.indexer.indexer import Indexer
from tallystick.indexer.source import Source
from tallystick.loans.fold import fold

KILLS_PER_CHAIN = 50
COMPARED_EVERY = 5


def follow_fast(url: str, deployment: Deployment, path: Path) -> None:
    """From nothing or wherever it stands to the head, for ever, in large transactions."""
    with Indexer(Rpc(url), deployment, path) as indexer:
        while True:
            indexer.run_until_head()


def kill_once(world: World, path: Path, life: Life, chance: random.Random) -> Counter[str]:
    """Lets a writer work, perhaps through a reorg, and kills it."""
    context = multiprocessing.get_context("fork")  # at work within milliseconds
    work = chance.choice([follow_slowly, follow_slowly, follow_fast])
    writer = context.Process(target=work, args=(world.url, world.deployment, path))
    writer.start()
    time.sleep(chance.uniform(0, 0.06))
    reorged, source = False, Source(world.rpc, {world.book: 1})
    if chance.random() < 0.25:
        before = source.head().hash
        life.reorg(12)
        reorged = before != source.head().hash
        time.sleep(chance.uniform(0, 0.04))
    writer.kill()
    writer.join(10)
    return Counter(kills=int(writer.exitcode == -signal.SIGKILL), reorgs=int(reorged))


def consistent(path: Path) -> bool:
    """Whether the index, wherever it was killed, agrees with itself."""
    try:
        db = repository.open_index(path)
    except (DatabaseMissing, SchemaOutdated):  # killed before its first transaction
        return True
    with db:
        cursor = repository.cursor(db)
        if cursor is None:
            return db["events"].count == 0
        known = repository.recent_blocks(db, 1, cursor.number)
        highest = db.execute("SELECT max(block_number) FROM events").fetchone()[0] or 0
        return (
            known == [(cursor.number, cursor.hash)]
            and highest <= cursor.number
            and all(
                repository.get_loan_bare(db, loan_id)
                == replace(fold(repository.events_of(db, loan_id)), payments=())
                for loan_id in loan_ids(db)
            )
        )


def one_chain(seed: int, kills: int, folder: Path) -> Counter[str]:
    """Kills on one chain, continued and compared every now and then."""
    chance, found = random.Random(seed), Counter[str]()
    path, fresh = folder / "index.db", folder / "fresh.db"
    with Anvil() as anvil:
        world = World(anvil)
        life = Life(world, seed)
        for turn in range(1, kills + 1):
            life.play(chance.randint(1, 5))
            found += kill_once(world, path, life, chance)
            found["checked"] += 1
            found["wrong"] += not consistent(path)
            if turn % COMPARED_EVERY == 0 or turn == kills:
                for leftover in folder.glob("fresh.db*"):
                    leftover.unlink()
                index(world, path)
                found["compared"] += 1
                found["wrong"] += digest_of(path) != index(world, fresh)
                if chance.random() < 0.3:  # so that kills meet long backfills too
                    path = path.with_name(f"index{turn}.db")
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began, total, chain = time.monotonic(), Counter[str](), 0
    while total["kills"] < given.kills:
        with tempfile.TemporaryDirectory() as name:
            kills = min(KILLS_PER_CHAIN, given.kills - total["kills"])
            total += one_chain(given.seed * 1_000 + chain, kills, Path(name))
        chain += 1
        print(f"chain {chain}: {dict(total)}", flush=True)
    result = {
        **{name: total[name] for name in ("kills", "reorgs", "checked", "compared", "wrong")},
        "chains": chain,
        "seconds": round(time.monotonic() - began),
    }
    print(json.dumps(result))
    sys.exit(result["wrong"] > 0)


if __name__ == "__main__":
    main()
