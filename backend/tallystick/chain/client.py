"""Reads from the contracts through web3. For everything that is not hot."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from requests import RequestException
from web3 import Web3
from web3.contract import Contract
from web3.exceptions import BadFunctionCallOutput, ContractLogicError, Web3RPCError
from web3.types import BlockIdentifier, TxParams

from tallystick.chain.abi import load_abi
from tallystick.chain.errors import BookRevert, RpcRefused, RpcUnavailable
from tallystick.chain.reverts import decode_revert
from tallystick.chain.rpc import Rpc
from tallystick.chain.words import agreement_values
from tallystick.loans.agreement import Agreement
from tallystick.loans.debt import Carry, Debt, Escrow, Guarantee, Owed, Penalty, Split, State
from tallystick.loans.kinds import Status


class BookClient:
    """Views of the book and of the tokens it settles in.

    Amounts in base units. Every read takes a block number, or reads at the latest block. All raise
    BookRevert when the contract refuses and RpcUnavailable when the node does not answer.
    """

    def __init__(self, url: str, book: str, *, timeout: float = 10.0) -> None:
        self._endpoint = Rpc(url).endpoint
        self._web3 = Web3(Web3.HTTPProvider(url, request_kwargs={"timeout": timeout}))
        # They ask for the chain's id twice in every call, and change nothing of what we read.
        self._web3.middleware_onion.clear()
        self.book = Web3.to_checksum_address(book)

    @cached_property
    def contract(self) -> Contract:
        """web3's contract object of the book."""
        return self._web3.eth.contract(address=self.book, abi=load_abi("LoanBook"))

    def chain_id(self) -> int:
        """The node's chain id."""
        return int(self._ask(lambda: self._web3.eth.chain_id))

    def loan_id(self, agreement: Agreement) -> bytes:
        """The EIP-712 digest as the contract computes it."""
        return bytes(self._view("loanIdOf", agreement_values(agreement)))

    def debt_of(self, loan_id: bytes, block: int | None = None) -> State:
        """Stored state of a loan; `Status.NONE` for an unknown id."""
        debt, penalty, carry = self._view("debtOf", loan_id, block=block)
        balance, row_paid, row, accrued_to, status, *flags = debt
        stored = Debt(balance, row_paid, row, accrued_to, Status(status), *flags)
        return State(stored, Penalty(*penalty), Carry(*carry))

    def owed_at(self, agreement: Agreement, timestamp: int, block: int | None = None) -> Owed:
        """What the loan owes at `timestamp` (Unix seconds) as the contract computes it."""
        due, *rest = self._view("owedAt", agreement_values(agreement), timestamp, block=block)
        return Owed(Split(*due), *rest)

    def terms_of(self, loan_id: bytes, block: int | None = None) -> bytes:
        """Digest of the terms in force."""
        return bytes(self._view("termsOf", loan_id, block=block))

    def holder_of(self, agreement: Agreement, block: int | None = None) -> str:
        """Who holds the claim."""
        return str(self._view("holderOf", agreement_values(agreement), block=block))

    def guarantee_of(self, loan_id: bytes, guarantor: str, block: int | None = None) -> Guarantee:
        """What `guarantor` paid for the loan and may reclaim."""
        return Guarantee(*self._view("guaranteeOf", loan_id, guarantor, block=block))

    def escrow_of(self, loan_id: bytes, block: int | None = None) -> Escrow:
        """What lies in escrow."""
        return Escrow(*self._view("escrowOf", loan_id, block=block))

    def schedule_of(self, agreement: Agreement) -> list[tuple[int, int, int, int]]:
        """The agreed rows: due day (since 1970-01-01), interest, principal, balance after."""
        return [tuple(row) for row in self._view("scheduleOf", agreement_values(agreement))]

    def credit_of(self, token: str, account: str, block: int | None = None) -> int:
        """What waits in the book for `account` to claim."""
        return int(self._view("creditOf", token, account, block=block))

    def is_nonce_used(self, owner: str, nonce: int, block: int | None = None) -> bool:
        """Whether `nonce` of `owner` was used or revoked."""
        return bool(self._view("isNonceUsed", owner, nonce, block=block))

    def balance_of(self, token: str, account: str, block: int | None = None) -> int:
        """Token balance of `account`."""
        return int(self._call(self._token(token).functions.balanceOf(account), block))

    def allowance(self, token: str, owner: str, block: int | None = None) -> int:
        """What the book may pull from `owner`."""
        return int(self._call(self._token(token).functions.allowance(owner, self.book), block))

    def token_facts(self, token: str) -> tuple[str, int]:
        """Symbol and decimals of a token."""
        contract = self._token(token)
        symbol = self._call(contract.functions.symbol(), None)
        return str(symbol), int(self._call(contract.functions.decimals(), None))

    def simulate(self, sender: str, data: bytes, block: int | None = None) -> bytes:
        """Result of calling the book from `sender` without sending; raises BookRevert."""
        call: TxParams = {"from": Web3.to_checksum_address(sender), "to": self.book, "data": data}
        return bytes(self._ask(lambda: self._web3.eth.call(call, _at(block))))

    def _token(self, token: str) -> Contract:
        address = Web3.to_checksum_address(token)
        return self._web3.eth.contract(address=address, abi=load_abi("ERC20"))

    def _view(self, name: str, *arguments: Any, block: int | None = None) -> Any:
        return self._call(self.contract.functions[name](*arguments), block)

    def _call(self, function: Any, block: int | None) -> Any:
        return self._ask(lambda: function.call(block_identifier=_at(block)))

    def _ask(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except ContractLogicError as error:
            data = error.data if isinstance(error.data, str) else "0x"
            raise decode_revert(bytes.fromhex(data[2:])) from error
        except BadFunctionCallOutput as error:
            raise BookRevert("NotAContract", {"reason": str(error)}) from error
        except Web3RPCError as error:
            details = (error.rpc_response or {}).get("error")
            code = details.get("code", 0) if isinstance(details, dict) else 0
            raise RpcRefused("eth_call", int(code), str(error)) from error
        except RequestException as error:
            raise RpcUnavailable(self._endpoint, type(error).__name__) from error


def _at(block: int | None) -> BlockIdentifier:
    return "latest" if block is None else block
