"""Credit decisions over sockets: `make bench-decisions`.

A service on a real anvil, with the German scorecard trained by the product's own command and the
example catalogue and policy; applicants sign in with wallets that have a past and money from each
other, consent, hand in a year of bank statements, and apply at RATE a second for SECONDS, whether
or not earlier answers have come. Every application names a statement and shares a signal. Every
answer is a decision; an approved one is an offer that the lender has signed. `statements` is
handing statements in at the same rate. Times count from the moment an application was due to be
sent. `bare` is a FastAPI route that returns a constant of the same size, at the same rate, in the
same run. The last line is one JSON object.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
import uvicorn
from bench.sockets import Server, bare
from eth_abi import encode
from eth_utils import keccak
from tests.integration.anvil import Anvil
from tests.integration.decisions import stage
from tests.integration.identity.gate import Person
from tests.integration.world import UNIT, World

from tallystick.config import PREFIX, Settings
from tallystick.db import open_database
from tallystick.decisions import releases
from tallystick.decisions.document import read_yaml
from tallystick.demo.bank import statement_csv
from tallystick.identity.attestations import Attestation, Gate
from tallystick.loans.calendar import day_at
from tallystick.scoring.card import dump_card
from tallystick.scoring.store import load_model

ROOT = Path(__file__).parents[1]
MODULE = "bench.decisions"
MODEL = ROOT / "build" / "bench-german"
APPLICANTS = 60
"""Few enough to sign in quickly; each applies again and again, which velocity rules notice."""


@dataclass(frozen=True)
class Answer:
    seconds: float
    outcome: str


def model() -> Path:
    """The German scorecard, trained once."""
    if not (MODEL / "manifest.json").exists():
        command = [".venv/bin/tallystick", "score", "train", "--seed", "1", "--out", str(MODEL)]
        command += ["--data", "data/german_credit_1k.csv.gz", "--schema", "data/german.yaml"]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return MODEL


def release(settings: Settings, world: World) -> None:
    """Puts the example catalogue and policy into force, with the trained card."""
    catalogue, policy = (
        read_yaml(ROOT / "lending" / f"{name}.yaml") for name in ("catalogue", "policy")
    )
    with open_database(settings.db) as db:
        made = releases.put_release(
            db, catalogue, [(policy, dump_card(load_model(model()).card))], 0, world.now()
        )
        stage.activate(db, made, settings, world)


def bodies(gate: Gate, world: World, who: Person, statement: str) -> list[bytes]:
    """Applications that differ in what the scorecard reads."""
    signal = {"signal": "shop_orders_90d", "value": 41, "day": day_at(world.now()) - 1}
    times = (world.now(), world.now() + 365 * 86_400)
    key = "0x" + Person(stage.ISSUER).key.hex()
    made = Attestation.issue(key, gate, who.address, "kyc_basic", times)
    choices = product(
        ("high", "none", "low"), ("more", "below_1000"), ("5000.00", "900.00"), (12, 24)
    )
    return [
        json.dumps(
            {
                "product": "personal",
                "purpose": "consumption",
                "jurisdiction": "KE",
                "amount": amount,
                "term": term,
                "declared": stage.DECLARED | {"checking_account": account, "savings": savings},
                "budget": stage.BUDGET,
                "documents": {"income_proof": "ab" * 32},
                "attestations": [{"level": "basic", "attestation": "0x" + made.encoded().hex()}],
                "statements": [statement],
                "signals": [signal],
            }
        ).encode()
        for account, savings, amount, term in choices
    ]


def past(world: World, people: list[Person]) -> None:
    """Gives every applicant a wallet with a transaction, and money from an employer of its own."""
    for who in people:
        world.parties[who.name] = world.party(who.name)
        employer = world.party(f"employer of {who.name}")
        for payer, payee in ((employer, who), (world.parties[who.name], employer)):
            data = keccak(text="transfer(address,uint256)")[:4]
            data += encode(["address", "uint256"], [payee.address, UNIT])
            world.send(payer, data, to=world.token)


def hand_in(http: httpx.Client, headers: dict[str, str], content: bytes) -> httpx.Response:
    """Sends a bank statement."""
    sent = headers | {"Content-Type": "text/csv"}
    return http.post("/v1/me/bank-statements", content=content, headers=sent)


def offer_load(ask: Callable[[int], Answer], rate: float, seconds: float) -> list[Answer]:
    """Asks `rate` times a second, on time, and waits for all answers."""
    gc.collect()
    gc.freeze()  # a collection of all that made the stage would delay the asking by 0.2 s
    begun = time.perf_counter() + 0.2
    count = int(rate * seconds)
    answers: list[Answer] = []
    lock = threading.Lock()

    def one(number: int, due: float) -> None:
        answer = ask(number)
        waited = Answer(time.perf_counter() - due, answer.outcome)
        with lock:
            answers.append(waited)

    with ThreadPoolExecutor(32) as pool:
        for number in range(count):
            due = begun + number / rate
            time.sleep(max(due - time.perf_counter(), 0))
            pool.submit(one, number, due)
    return answers


def figures(answers: list[Answer]) -> dict[str, Any]:
    times = sorted(answer.seconds * 1_000 for answer in answers)
    cuts = quantiles(times, n=100)
    return {
        "count": len(times),
        "p50_ms": round(cuts[49], 1),
        "p99_ms": round(cuts[98], 1),
        "max_ms": round(times[-1], 1),
        "outcomes": dict(Counter(answer.outcome for answer in answers)),
    }


def main() -> None:
    rate, seconds = float(os.environ.get("RATE", "20")), float(os.environ.get("SECONDS", "30"))
    with Anvil() as anvil, tempfile.TemporaryDirectory() as folder:
        world = World(anvil, ("ben", "cem", "dora"))
        settings, gate = stage.settings_of(world, Path(folder))
        given = settings.model_dump(exclude_defaults=True)
        environment = {PREFIX + name.upper(): _text(value) for name, value in given.items()}
        with Server("lend", module=MODULE, environment=environment) as server:
            release(settings, world)
            people = [Person(f"applicant {number}") for number in range(APPLICANTS)]
            http = httpx.Client(base_url=server.url, timeout=30)
            past(world, people)
            for person in people:
                stage.sign_in_and_consent(http, person, "shop_data")
            headers = [stage.sign_in_and_consent(http, person) for person in people]
            today = day_at(world.now())
            files = [statement_csv(today - 1, 3_000 + number, 12) for number in range(500)]
            kept = [hand_in(http, each, files[0]).json()["statement_id"] for each in headers]
            asked = [
                bodies(gate, world, person, statement)
                for person, statement in zip(people, kept, strict=True)
            ]
            size = 0

            def give(number: int) -> Answer:
                answer = hand_in(
                    http, headers[number % APPLICANTS], files[1 + number % (len(files) - 1)]
                )
                return Answer(0, str(answer.status_code))

            def apply(number: int) -> Answer:
                nonlocal size
                who, what = number % APPLICANTS, number // APPLICANTS
                sent = {"Content-Type": "application/json"} | headers[who]
                content = asked[who][what % len(asked[who])]
                answer = http.post("/v1/me/applications", content=content, headers=sent)
                if answer.status_code != 201:
                    return Answer(0, f"{answer.status_code} {answer.json()['code']}")
                size = len(answer.content)
                return Answer(0, answer.json()["outcome"])

            apply(0)
            before = server.cpu_seconds()
            ours = figures(offer_load(apply, rate, seconds))
            ours["cpu_ms"] = round((server.cpu_seconds() - before) * 1_000 / ours["count"], 1)
            given = figures(offer_load(give, rate, 10))
        with (
            Server("bare", module=MODULE, environment={"SIZE": str(size)}) as plain,
            httpx.Client() as client,
        ):
            url = plain.url + "/"
            unit = figures(
                offer_load(lambda _: Answer(0, str(client.get(url).status_code)), rate, 5)
            )
    report = {
        "bench": "decisions",
        "per_s": rate,
        "decisions": ours,
        "statements": given,
        "bare": unit,
    }
    for name in ("decisions", "statements", "bare"):
        found = report[name]
        print(f"{name:10} p50 {found['p50_ms']:.1f} ms, p99 {found['p99_ms']:.1f} ms", found)
    print("\n" + json.dumps(report))


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    secret = getattr(value, "get_secret_value", None)
    return str(secret() if secret else value)


def serve(what: str, port: int) -> None:
    options: dict[str, Any] = {"port": port, "access_log": False, "log_level": "warning"}
    if what == "bare":
        uvicorn.run(bare(b"x" * int(os.environ["SIZE"])), **options)
        return
    from tallystick.api.app import create_app
    from tallystick.api.follower import following

    settings = Settings.from_environment()
    app = create_app(settings, posts_per_minute=10**7)
    gc.freeze()  # as `tallystick serve` does when all is loaded
    with following(settings):
        uvicorn.run(app, **options)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        serve(sys.argv[1], int(sys.argv[2]))
