"""The package put together: files, and the letter that says what each is and how to check it."""

from __future__ import annotations

from typing import Final

from tallystick.loans.fold import LoanState
from tallystick.loans.position import Position
from tallystick.servicing.package.archive import hashes, pack
from tallystick.servicing.package.files import Facts, files_of
from tallystick.servicing.package.terms import sentences
from tallystick.statements.amounts import grouped
from tallystick.statements.letter import Letter
from tallystick.statements.words import Language

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Legal package of a loan", "借款法律文件包"),
    "loan": ("Loan", "借款编号"),
    "book": ("Book", "账本"),
    "chain": ("Chain", "链"),
    "block": ("As of block", "截至区块"),
    "hash": ("Block hash", "区块哈希"),
    "borrower": ("Borrower", "借款人"),
    "holder": ("Holder of the claim", "债权人"),
    "status": ("Status", "状态"),
    "opening": (
        "This archive holds what was agreed, what was paid and what was told, with what proves it.",
        "本文件包包含约定内容、还款记录、通知记录及其证明。",
    ),
    "terms": ("What was agreed", "约定内容"),
    "amended": ("Terms in force after amendment", "变更后现行条款"),
    "owed": ("What is owed", "应还情况"),
    "due": (
        "Due: {due}, {days} days past due. To close the loan: {payoff}.",
        "到期应还 {due}，已逾期 {days} 天。结清金额 {payoff}。",
    ),
    "outstanding": ("Outstanding principal: {outstanding}.", "剩余本金 {outstanding}。"),
    "paid": ("Paid so far: {paid} in {count} payments.", "累计已还 {paid}，共 {count} 笔。"),
    "files": ("Files, with their SHA-256", "文件及其 SHA-256"),
    "check": ("How to check it", "如何核验"),
    "check_proof": (
        (
            "proof.json is checked against the block hash, without asking anybody:"
            " tallystick verify proof.json --block-hash {hash}."
        ),
        "proof.json 可凭区块哈希独立核验：tallystick verify proof.json --block-hash {hash}。",
    ),
    "check_hash": (
        "Take the block hash from a node or an explorer that you trust.",
        "请从您信任的节点或公开查询服务获取区块哈希。",
    ),
    "check_signed": (
        "agreement.json is what both sides signed; its EIP-712 digest is the loan's id.",
        "agreement.json 为双方签署的文件，其 EIP-712 摘要即借款编号。",
    ),
    "check_payments": (
        "payments.csv names the block and log of every payment; the proof has each of them.",
        "payments.csv 列明每笔还款所在区块及日志序号，证明文件中均有对应记录。",
    ),
}


def build_package(facts: Facts, language: Language) -> bytes:
    """The archive, PDFs in one language; equal facts give equal bytes."""
    files = files_of(facts, language)
    return pack(files, _letter(facts, files, language), language, facts.at)


def _letter(facts: Facts, files: dict[str, bytes], language: Language) -> Letter:
    loan, proof = facts.loan, facts.proof

    def say(key: str, **values: object) -> str:
        return _WORDS[key][0 if language == "en" else 1].format(**values)

    sections = [(say("terms"), sentences(loan.original, facts.currency, language))]
    if loan.agreement != loan.original:
        now = sentences(loan.agreement, facts.currency, language)
        sections.append((say("amended"), now))
    sections += [
        (say("owed"), _owed(facts, language)),
        (say("files"), [f"{name}: {digest}" for name, digest in hashes(files).items()]),
        (
            say("check"),
            [
                say("check_proof", hash=proof.block.hash),
                say("check_hash"),
                say("check_signed"),
                say("check_payments"),
            ],
        ),
    ]
    return Letter(
        title=say("title"),
        facts=(
            (say("loan"), "0x" + loan.loan_id.hex()),
            (say("book"), proof.book),
            (say("chain"), str(proof.chain_id)),
            (say("block"), str(proof.block.number)),
            (say("hash"), proof.block.hash),
            (say("borrower"), loan.agreement.borrower),
            (say("holder"), loan.holder),
            (say("status"), loan.debt.status.label),
        ),
        opening=(say("opening"),),
        sections=tuple(sections),
    )


def _owed(facts: Facts, language: Language) -> list[str]:
    loan: LoanState = facts.loan
    owed = Position(loan.agreement, loan.stored).owed(facts.day)

    def say(key: str, **values: object) -> str:
        return _WORDS[key][0 if language == "en" else 1].format(**values)

    def money(amount: int) -> str:
        return f"{grouped(amount, facts.currency)} {facts.currency.symbol}".strip()

    return [
        say("due", due=money(owed.due.total), days=owed.days_past_due, payoff=money(owed.payoff)),
        say("outstanding", outstanding=money(owed.outstanding)),
        say("paid", paid=money(loan.paid.total), count=len(loan.payments)),
    ]
