"""Tries a transaction before anybody pays gas for it, and says in words why it would fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tallystick.api.problems import Problem
from tallystick.chain.errors import BookRevert, RpcRefused, RpcUnavailable
from tallystick.chain.funds import funds
from tallystick.chain.hashing import to_checksum_address
from tallystick.chain.reverts import as_revert
from tallystick.chain.rpc import Rpc

_PROBLEMS: dict[str, tuple[str, str]] = {
    "AgreementExpired": ("offer_expired", "The agreement's deadline has passed."),
    "AmountZero": ("nothing_due", "There is nothing to pay."),
    "LoanExists": ("loan_exists", "This agreement was already originated."),
    "LoanNotOpen": ("loan_not_active", "The loan is closed or unknown to the book."),
    "LoanStillOpen": ("wrong_status", "The loan is not closed yet."),
    "NotAgreed": ("not_agreed", "The terms do not provide for this."),
    "NotTheBorrower": ("not_entitled", "Only the borrower may do this."),
    "NotTheHolder": ("not_entitled", "Only whoever holds the claim may do this."),
    "NotAdmitted": ("not_entitled", "The gate of the conditions does not admit a party."),
    "AutopayOff": ("autopay_off", "The borrower switched autopay off; paying by hand works."),
    "StatusChanged": ("wrong_status", "The loan's status does not allow this."),
    "TooEarly": ("too_early", "The borrower is not as many days past due as agreed."),
    "NoCredit": ("nothing_due", "There is nothing to release."),
    "NonceUsed": (
        "nonce_used",
        "A party used or revoked a nonce of this agreement; make a new offer.",
    ),
    "NothingDue": ("nothing_due", "Nothing is due now."),
    "OutsideStartWindow": (
        "outside_start_window",
        "The loan can start from its start date until the day before the first due date.",
    ),
    "TermsNotInForce": ("terms_not_in_force", "The terms that this replaces are not in force."),
    "PenaltyOwed": ("penalty_owed", "A penalty that is not forgiven must be paid first."),
    "OutstandingBelow": ("outstanding_below", "Less is left of the claim than agreed."),
    "DebtAbove": ("debt_above", "More is owed by now than the new terms allow."),
    "NotQualified": ("fund_refuses", "The fund helps loans under watch in their first rows."),
    "AmountAbove": ("fund_refuses", "This is more than is due, allowed by the fund, or there."),
    "TokenOther": ("fund_refuses", "The fund is in another token."),
    "StillLocked": ("fund_refuses", "The deposit is still locked."),
    "PayoffAbove": ("payoff_above", "Closing the loan costs more than the stated maximum."),
    "SignatureInvalid": ("signature_invalid", "The book does not accept a signature."),
    "TokenTookFee": ("token_refused", "The token kept a part of the transfer."),
}


_TRANSFER_FAILED = (
    "TokenTransferFailed",
    "SafeERC20FailedOperation",
    "ERC20InsufficientAllowance",
    "ERC20InsufficientBalance",
)


@dataclass(frozen=True, slots=True)
class Transfer:
    """The payment that a transaction would make: `amount` of `token` out of `payer`'s account."""

    token: str
    payer: str
    amount: int


class Simulator:
    """Runs calls of the book on the state of `block_tag` without sending them."""

    def __init__(self, rpc: Rpc, book: str, block_tag: str) -> None:
        self._rpc = rpc
        self._book = book
        self._tag = block_tag

    def call(self, sender: str, data: bytes, transfer: Transfer) -> bytes:
        """What the book returns. Raises `Problem` when the transaction would revert."""
        request = {"from": sender, "to": self._book, "data": "0x" + data.hex()}
        try:
            return _bytes(self._rpc.call("eth_call", request, self._tag))
        except RpcUnavailable as error:
            raise unavailable() from error
        except RpcRefused as error:
            revert = as_revert(error)
            if revert is None:
                raise unavailable() from error
            raise self._problem(revert, transfer) from error

    def _problem(self, revert: BookRevert, transfer: Transfer) -> Problem:
        if revert.name in _TRANSFER_FAILED:
            return self._refused_transfer(transfer)
        code, detail = _PROBLEMS.get(revert.name, ("transaction_reverts", str(revert)))
        extra: dict[str, Any] = {"error": revert.name, "arguments": _shown(revert.arguments)}
        return Problem(code, detail, extra=extra)

    def _refused_transfer(self, transfer: Transfer) -> Problem:
        """Tells an empty account from a missing permission: the token itself seldom does."""
        try:
            found = funds(
                self._rpc, transfer.token, transfer.payer, self._book, self._now(), self._tag
            )
        except RpcUnavailable as error:
            raise unavailable() from error
        except RpcRefused:
            return Problem("token_refused", "The token refused the transfer.")
        members = {"token": transfer.token, "payer": to_checksum_address(transfer.payer)}
        for code, available, lack in (
            ("insufficient_balance", found.balance, "holds"),
            ("insufficient_allowance", found.allowed, "has allowed the book"),
        ):
            if available < transfer.amount:
                detail = f"The payer {lack} {available} base units; {transfer.amount} are needed."
                extra = {"required": str(transfer.amount), "available": str(available)}
                return Problem(code, detail, extra=members | extra)
        return Problem("token_refused", "The token refused the transfer.", extra=members)

    def _now(self) -> int:
        """The time of the block on which calls run."""
        block = self._rpc.call("eth_getBlockByNumber", self._tag, False)  # noqa: FBT003
        return 0 if block is None else int(block["timestamp"], 16)


def unavailable() -> Problem:
    """The node is silent; the caller may try again."""
    return Problem("chain_unavailable", "The node does not answer.", headers={"Retry-After": "5"})


def _bytes(answer: object) -> bytes:
    return bytes.fromhex(str(answer)[2:])


def _shown(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        name: "0x" + value.hex() if isinstance(value, bytes) else str(value)
        for name, value in arguments.items()
    }
