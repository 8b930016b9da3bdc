"""Every example of the collection, run against a real server by what the collection says itself."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from tests.integration.api.server import Stage, serving
from tests.integration.world import Party, World

from tallystick.api.permissions import TABLE
from tallystick.identity.authority.roles import EVERYBODY
from tallystick.identity.vault.keys import new_key_text
from tallystick.loans.calendar import due_day

ROOT = Path(__file__).parents[3]
COLLECTION = ROOT / "docs" / "tallystick.postman_collection.json"
RUNNER = Path(__file__).parent / "examples" / "run.mjs"

NEEDS_MORE = {
    "a lender": "/v1/me/applications",
    "a lender too": "/v1/products",
    "a lender as well": "/v1/me/standing",
    "a lender, and a bank": "/v1/me/bank-statements",
    "photographs": "/v1/me/identity/cases/{case_id}/files/{part}",
    "photographs too": "/v1/me/identity/cases/{case_id}/submission",
    "a reviewed identity": "/v1/me/identity/attestations",
    "a decision": "/v1/me/objections",
    "a second wallet": "/v1/me/wallets",
    "a loan of one's own": "/v1/me/repair",
    "an overdue loan": "/v1/me/promises",
    "an overdue loan too": "/v1/me/disputes",
    "a loan whose parties want other terms": "/v1/loans/{loan_id}/changes",
    "such a change": "/v1/changes",
    "a claim that somebody buys": "/v1/loans/{loan_id}/assignments",
    "such a sale": "/v1/assignments",
    "a channel": "/v1/loans/{loan_id}/reference",
    "a late row": "/v1/me/credit-record/{entry_id}",
    "a published record": "/v1/credit-records",
    "answers": "/v1/me/lessons/{name}",
    "a message": "/v1/me/messages/{note_id}",
    "a secret link": "/v1/calendars",
    "a link from an e-mail": "/v1/stops",
    "a fund": "/v1/repair-fund",
}
"""What no example shows, for it takes more than a person with a wallet."""


class Wallet(BaseHTTPRequestHandler):
    """Signs what it is asked to, as ada, or as ben for the other signature."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        key = Party.named("ben" if asked["by"] == "other_signature" else "ada").key
        if "typed_data" in asked:
            data = json.loads(asked["typed_data"])
            signed = Account.sign_typed_data(key, full_message=data)
        else:
            signed = Account.sign_message(encode_defunct(text=asked["message"]), key)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"0x" + bytes(signed.signature).hex().encode())

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def wallet() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Wallet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def known(world: World, tmp_path: Path) -> Iterator[Stage]:
    """A server where people can sign in, and one loan with a payment."""
    loan = world.originate()
    world.travel_to_day(due_day(loan, 0))
    world.collect(loan)
    with serving(
        world,
        tmp_path,
        identity=tmp_path / "identity.db",
        vault=tmp_path / "vault.db",
        vault_keys=f"k:{new_key_text()}",
        vault_index_key=new_key_text(),
    ) as stage:
        yield stage


def requests() -> list[dict[str, Any]]:
    chapters = json.loads(COLLECTION.read_text())["item"]
    return [item for chapter in chapters for item in chapter["item"]]


def test_every_example_answers_as_it_says(known: Stage, wallet: str) -> None:
    variables = {
        "base_url": str(known.http.base_url).rstrip("/"),
        "wallet_url": wallet,
        "wallet": Party.named("ada").address,
        "other_wallet": Party.named("ben").address,
    }
    ran = subprocess.run(
        ["node", RUNNER, COLLECTION, json.dumps(variables)], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout[-500:] + ran.stderr
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [one["name"] for one in told] == [item["name"] for item in requests()]
    assert all(one["tests"] == 1 for one in told)


def test_everything_that_a_wallet_is_enough_for_has_an_example() -> None:
    shown = {
        f"{item['request']['method']} {raw.split('?')[0]}"
        for item in requests()
        for raw in [item["request"]["url"]["raw"].removeprefix("{{base_url}}")]
    }
    shown = {name.replace("{{", "{").replace("}}", "}") for name in shown}
    described = json.loads((ROOT / "docs" / "openapi.json").read_text())["paths"]
    for path, operations in described.items():
        for method in operations:
            name = f"{method.upper()} {path}"
            rule = TABLE[name]
            if not (rule.public or (rule.roles or set()) >= EVERYBODY):
                continue
            if not any(path.startswith(left) for left in NEEDS_MORE.values()):
                assert name in shown
