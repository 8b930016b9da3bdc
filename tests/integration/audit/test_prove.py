"""`tallystick audit --prove` through nodes that lie."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.integration.audit.conftest import Audited
from tests.integration.proxy import Proxy, Twist

from tallystick.audit.cli import command


def run(url: str, audited: Audited, *options: str) -> Result:
    given = ["--rpc", url, "--book", audited.world.book, "--format", "json", *options]
    return CliRunner().invoke(command, given)


def equal(done: Result) -> Any:
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.mark.parametrize("options", [(), ("--from-block", "1"), ("--lender",), ("--loan",)])
def test_it_finds_what_the_plain_audit_finds(audited: Audited, options: tuple[str, ...]) -> None:
    given = {
        ("--lender",): ["--lender", audited.world.parties["dora"].address],
        ("--loan",): ["--loan", audited.id("late")],
    }.get(options, [*options, "--no-transfers"])
    plain = equal(run(audited.world.url, audited, *given))
    proven = equal(run(audited.world.url, audited, *given, "--prove"))
    assert (plain.pop("proven"), proven.pop("proven")) == (False, True)
    assert proven == plain


def test_transfers_come_from_proven_receipts(audited: Audited) -> None:
    done = run(audited.world.url, audited, "--prove")
    assert done.exit_code == 1
    plain = json.loads(run(audited.world.url, audited).stdout)
    assert json.loads(done.stdout)["differences"] == plain["differences"]


def keep_back_a_loan(audited: Audited) -> Twist:
    loan_id = audited.id("unpaid")

    def twist(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getLogs":
            return [log for log in result if loan_id not in log["topics"]]
        return result

    return twist


def test_a_loan_kept_back_shows_only_when_proven(audited: Audited) -> None:
    with Proxy(audited.world.url, keep_back_a_loan(audited)) as liar:
        assert len(equal(run(liar.url, audited, "--no-transfers"))["loans"]) == 4
        proven = equal(run(liar.url, audited, "--no-transfers", "--prove"))
        assert len(proven["loans"]) == 5


def _receipts_without_last_log(result: Any) -> Any:
    for receipt in result:
        receipt["logs"] = receipt["logs"][:-1]
    return result


NO_BLOOM = "0x" + "0" * 512
LIES: dict[str, Any] = {
    "a log missing in receipts": ("eth_getBlockReceipts", _receipts_without_last_log),
    "no receipts": ("eth_getBlockReceipts", lambda result: []),
    "another time": ("eth_getBlockByNumber", lambda block: block | {"timestamp": "0x69f3ed00"}),
    "an empty bloom": ("eth_getBlockByNumber", lambda block: block | {"logsBloom": NO_BLOOM}),
    "another code": ("eth_getCode", lambda code: code + "00"),
    "another account": ("eth_getProof", lambda answer: answer | {"accountProof": []}),
    "no storage": ("eth_getProof", lambda answer: answer | {"storageProof": []}),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_what_is_refused(audited: Audited, lie: str) -> None:
    target, change = LIES[lie]

    def twist(method: str, params: list[Any], result: Any) -> Any:
        return change(result) if method == target else result

    with Proxy(audited.world.url, twist) as liar:
        done = run(liar.url, audited, "--no-transfers", "--prove")
        assert done.exit_code == 2, done.output
        assert done.stderr.startswith("Could not audit: ")


def test_storage_words_are_proven(audited: Audited) -> None:
    """A node that denies a difference by a false word is not asked for words."""

    def twist(method: str, params: list[Any], result: Any) -> Any:
        return "0x" + "0" * 64 if method == "eth_getStorageAt" else result

    with Proxy(audited.world.url, twist) as liar:
        assert run(liar.url, audited, "--no-transfers").exit_code == 1
        equal(run(liar.url, audited, "--no-transfers", "--prove"))
