"""Releases: which catalogue, policies and scorecards are in force, and who put them there.

A release names its documents by hash and is itself named by the hash of what it names. It comes
into force when two accounts that may have signed for it, the maker first, then somebody else.
Every activation has a number, which both sign, so a signature is good once. Deciding the policy's
own cases right is a condition of being proposed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from tallystick.chain.hashing import keccak, to_checksum_address
from tallystick.chain.rpc import Rpc
from tallystick.chain.typed_data import signed_by
from tallystick.db import Database, write
from tallystick.decisions.catalogue import Catalogue
from tallystick.decisions.document import canonical, digest
from tallystick.decisions.errors import DocumentInvalid, NothingReleased, ReleaseRefused
from tallystick.decisions.examples import run_examples
from tallystick.decisions.policy import Policy
from tallystick.decisions.scores import CaseScorer

Arm = Literal["champion", "challenger"]
Kind = Literal["catalogue", "policy", "card", "release"]
ARMS: tuple[Arm, ...] = ("champion", "challenger")
BASIS_POINTS = 10_000
_COLUMNS = "number, release, maker, made_at, checker, checked_at"


@dataclass(frozen=True, slots=True)
class Rules:
    """One arm: a policy and the scorecard that it goes with, by hash."""

    policy: str
    card: str


@dataclass(frozen=True, slots=True)
class Release:
    """Hashes of documents, and how many of 10,000 applications the challenger decides."""

    catalogue: str
    champion: Rules
    challenger: Rules | None = None
    challenger_share: int = 0

    @property
    def body(self) -> bytes:
        arms = {"champion": self.champion, "challenger": self.challenger}
        return canonical(
            {
                "catalogue": self.catalogue,
                "challenger_share": self.challenger_share,
                **{
                    arm: rules and {"policy": rules.policy, "card": rules.card}
                    for arm, rules in arms.items()
                },
            }
        )

    @property
    def release_id(self) -> str:
        return digest(self.body)

    def arm_of(self, application_id: str) -> Arm:
        """Who decides an application: drawn by its id, the same whenever it is asked."""
        if self.challenger is None:
            return "champion"
        drawn = hashlib.sha256(f"{self.release_id}/{application_id}".encode()).digest()
        place = int.from_bytes(drawn[:8], "big") % BASIS_POINTS
        return "challenger" if place < self.challenger_share else "champion"

    def rules_of(self, arm: Arm) -> Rules:
        return self.challenger if arm == "challenger" and self.challenger else self.champion


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that one arm decides with."""

    catalogue: Catalogue
    policy: Policy
    scorer: CaseScorer


@dataclass(frozen=True, slots=True)
class Activation:
    """One release on its way into force. `number` counts from 1."""

    number: int
    release: str
    maker: str
    made_at: int
    checker: str | None
    checked_at: int | None


def check_documents(catalogue: bytes, policy: bytes, card: bytes) -> int:
    """How many cases the policy decides right. Raises `DocumentInvalid`, `ModelInvalid`."""
    bench = bench_of(catalogue, policy, card)
    bench.policy.check(bench.catalogue)
    bench.scorer.check(bench.catalogue)
    return run_examples(bench.policy, bench.catalogue)


def put_release(
    db: Database,
    catalogue: bytes,
    arms: list[tuple[bytes, bytes]],
    share: int,
    now: int,
) -> Release:
    """Keeps the documents of a release: of each arm the policy and the card, the champion first.

    Raises `DocumentInvalid`, `ModelInvalid`.
    """
    if not 0 <= share < BASIS_POINTS or (share > 0) != (len(arms) > 1):
        raise DocumentInvalid("challenger", "needs a policy and a share of 1 to 9,999")
    for policy, card in arms:
        check_documents(catalogue, policy, card)
    rules = [Rules(digest(policy), digest(card)) for policy, card in arms]
    release = Release(digest(catalogue), rules[0], rules[1] if len(rules) > 1 else None, share)
    documents: list[tuple[Kind, bytes]] = [("catalogue", catalogue), ("release", release.body)]
    for policy, card in arms:
        documents += [("policy", policy), ("card", card)]
    with write(db) as conn:
        conn.executemany(
            "INSERT INTO lending_documents (hash, kind, body, added_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (hash) DO NOTHING",
            [(digest(body), kind, body, now) for kind, body in documents],
        )
    return release


def message(number: int, release: str, act: Literal["propose", "approve"]) -> str:
    """What the maker (`propose`) and the checker (`approve`) sign by `personal_sign`."""
    return f"Tallystick lending\n\nI {act} release {release}\nas activation {number}."


def next_number(db: Database) -> int:
    """The number of the next activation."""
    (last,) = db.execute("SELECT coalesce(max(number), 0) FROM lending_activations").fetchone()
    return int(last) + 1


def propose(
    db: Database,
    rpc: Rpc,
    release: str,
    signers: Iterable[str],
    account: str,
    signature: bytes,
    now: int,
) -> Activation:
    """Begins an activation. Raises `ReleaseRefused`, `RpcUnavailable`."""
    document(db, release, "release")
    number = next_number(db)
    _check(rpc, signers, account, message(number, release, "propose"), signature)
    with write(db) as conn:
        if next_number(db) != number:
            raise ReleaseRefused("another activation was begun meanwhile; sign its number")
        conn.execute(
            "INSERT INTO lending_activations (number, release, maker, made_at, made_by)"
            " VALUES (?, ?, ?, ?, ?)",
            (number, release, to_checksum_address(account), now, signature),
        )
    return activation(db, number)


def approve(
    db: Database,
    rpc: Rpc,
    number: int,
    signers: Iterable[str],
    account: str,
    signature: bytes,
    now: int,
) -> Activation:
    """Puts a release into force, by somebody else than its maker.

    Raises `ReleaseRefused`, `RpcUnavailable`.
    """
    found = activation(db, number)
    account = to_checksum_address(account)
    if account == found.maker:
        raise ReleaseRefused("whoever proposed a release cannot approve it")
    if found.checker is not None or number != next_number(db) - 1:
        raise ReleaseRefused("this activation was decided, or a later one was begun")
    _check(rpc, signers, account, message(number, found.release, "approve"), signature)
    with write(db) as conn:
        changed = conn.execute(
            "UPDATE lending_activations SET checker = ?, checked_at = ?, checked_by = ?"
            " WHERE number = ? AND checker IS NULL",
            (account, now, signature, number),
        )
        if not changed.rowcount:
            raise ReleaseRefused("this activation was decided")
    return activation(db, number)


def activations(db: Database, limit: int) -> list[Activation]:
    """The newest activations, newest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM lending_activations"  # noqa: S608
        " ORDER BY number DESC LIMIT ?",
        (limit,),
    )
    return [Activation(*row) for row in rows]


def put_card(db: Database, card: bytes, now: int, metrics: bytes = b"") -> str:
    """Keeps a scorecard and what was measured of it, and returns its hash. The caller has checked
    who signed both."""
    with write(db) as conn:
        conn.execute(
            "INSERT INTO lending_documents (hash, kind, body, added_at) VALUES (?, 'card', ?, ?)"
            " ON CONFLICT (hash) DO NOTHING",
            (digest(card), card, now),
        )
        if metrics:
            conn.execute(
                "INSERT INTO lending_metrics (card, body) VALUES (?, ?)"
                " ON CONFLICT (card) DO UPDATE SET body = excluded.body",
                (digest(card), metrics),
            )
    return digest(card)


def metrics_of(db: Database, card: str) -> bytes | None:
    """What was measured of a scorecard; None where it was kept without."""
    row = db.execute("SELECT body FROM lending_metrics WHERE card = ?", (card,)).fetchone()
    return None if row is None else bytes(row[0])


def kept(db: Database, limit: int) -> list[tuple[str, int]]:
    """Releases that were kept and when, newest first, whether or not they came into force."""
    rows = db.execute(
        "SELECT hash, added_at FROM lending_documents WHERE kind = 'release'"
        " ORDER BY added_at DESC, hash LIMIT ?",
        (limit,),
    )
    return [(hash_, at) for hash_, at in rows]


def active(db: Database) -> str:
    """The hash of the release in force. Raises `NothingReleased`."""
    row = db.execute(
        "SELECT release FROM lending_activations WHERE checker IS NOT NULL"
        " ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if row is None:
        raise NothingReleased("no release is in force: tallystick decisions release")
    return str(row[0])


def document(db: Database, hash_: str, kind: Kind) -> bytes:
    """The document of this hash. Raises `ReleaseRefused` when there is none, or it was altered."""
    row = db.execute(
        "SELECT body FROM lending_documents WHERE hash = ? AND kind = ?", (hash_, kind)
    ).fetchone()
    if row is None:
        raise ReleaseRefused(f"there is no {kind} {hash_}")
    if digest(row[0]) != hash_:
        raise ReleaseRefused(f"the {kind} {hash_} is not what it was")
    return bytes(row[0])


def load_release(db: Database, release_id: str) -> Release:
    """A release of this database. Raises `ReleaseRefused`."""
    data = json.loads(document(db, release_id, "release"))
    challenger = data["challenger"]
    return Release(
        data["catalogue"],
        Rules(**data["champion"]),
        None if challenger is None else Rules(**challenger),
        data["challenger_share"],
    )


def bench_named(db: Database, release_id: str, arm: Arm) -> Bench:
    """What a decision was made with. Raises `ReleaseRefused`."""
    return load_bench(db, load_release(db, release_id), arm)


def load_bench(db: Database, release: Release, arm: Arm) -> Bench:
    """What an arm decides with, read once per process. Raises `ReleaseRefused`."""
    rules = release.rules_of(arm)
    return bench_of(
        document(db, release.catalogue, "catalogue"),
        document(db, rules.policy, "policy"),
        document(db, rules.card, "card"),
    )


@lru_cache(maxsize=8)
def bench_of(catalogue: bytes, policy: bytes, card: bytes) -> Bench:
    """Everything to decide with. Raises `DocumentInvalid`, `ModelInvalid`."""
    from tallystick.scoring.card import load_card  # slow to load

    return Bench(
        Catalogue.parse(catalogue, "catalogue"),
        Policy.parse(policy, "policy"),
        CaseScorer(load_card(card)),
    )


def activation(db: Database, number: int) -> Activation:
    """Raises `ReleaseRefused` when there is none of this number."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM lending_activations WHERE number = ?",  # noqa: S608
        (number,),
    ).fetchone()
    if row is None:
        raise ReleaseRefused(f"there is no activation {number}")
    return Activation(*row)


def _check(rpc: Rpc, signers: Iterable[str], account: str, text: str, signature: bytes) -> None:
    if account.lower() not in {signer.lower() for signer in signers}:
        raise ReleaseRefused(f"{account} may not release; see TALLYSTICK_POLICY_SIGNERS")
    data = text.encode()
    signed = keccak(b"\x19Ethereum Signed Message:\n" + str(len(data)).encode() + data)
    if not signed_by(rpc, account, signed, signature):
        raise ReleaseRefused(f"the signature is not that of {account} under this message")
