// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {ILoanBook} from "../interfaces/ILoanBook.sol";
import {Errors} from "../libraries/Errors.sol";
import {DebtWord} from "../libraries/DebtWord.sol";
import {Signatures} from "../libraries/Signatures.sol";
import {TermsHash} from "../libraries/TermsHash.sol";
import {Tokens} from "../libraries/Tokens.sol";
import {Agreement, Conditions, Escrow} from "../types/Agreement.sol";
import {BookState} from "./BookState.sol";

/// @title What the parts of the book behind the first have in common
/// @dev A part runs by delegatecall in the storage of a `LoanBook`; on its own it holds nothing and no loan
/// exists in it.
abstract contract BookPart is BookState {
    bytes32 private constant DOMAIN_TYPEHASH = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );

    uint256 internal immutable _chainId = block.chainid;
    address private immutable _self = address(this);

    constructor(address permit2_) BookState(permit2_) {}

    /// @dev The same separator as the book's, which runs this code. A part that is called directly is no book.
    function _domain() internal view override returns (bytes32) {
        require(address(this) != _self, Errors.NotABook());
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH, keccak256("Tallystick"), keccak256("1"), _chainId, address(this)
            )
        );
    }

    function _addCollateral(
        bytes32 loanId,
        Conditions calldata conditions,
        address from,
        uint256 amount
    ) internal {
        address token = conditions.collateralToken;
        Escrow storage escrow = _escrows[loanId];
        uint256 total = escrow.amount + amount;
        require(total <= type(uint96).max, Errors.ConditionsInvalid("collateral"));
        (escrow.token, escrow.amount) = (token, uint96(total));
        _transferExactly(token, from, address(this), amount);
        emit ILoanBook.CollateralAdded(loanId, from, token, amount);
    }

    /// @dev Measures what arrives, so that no token that takes a fee ever enters the book.
    function _transferExactly(address token, address from, address to, uint256 amount) internal {
        uint256 before = Tokens.balanceOf(token, to, gasleft());
        require(
            _pull(token, from, to, amount, gasleft()),
            Errors.TokenTransferFailed(token, from, amount)
        );
        uint256 balance = Tokens.balanceOf(token, to, gasleft());
        uint256 received = balance > before ? balance - before : 0;
        require(received == amount, Errors.TokenTookFee(token, amount, received));
    }

    function _checkKnown(Agreement calldata agreement, Conditions calldata conditions)
        internal
        pure
    {
        require(
            TermsHash.ofConditions(conditions) == agreement.conditions, Errors.ConditionsUnknown()
        );
    }

    function _useNonce(address owner, uint256 nonce) internal {
        uint256 bit = 1 << (nonce & 0xff);
        uint256 word = _nonces[owner][nonce >> 8];
        require(word & bit == 0, Errors.NonceUsed(owner, nonce));
        _nonces[owner][nonce >> 8] = word | bit;
    }

    function _inForce(Entry memory entry) internal view returns (bytes32) {
        bool amended = entry.account.flags & DebtWord.AMENDED != 0;
        return amended ? _terms[entry.loanId] : entry.loanId;
    }

    function _checkDeadline(uint256 deadline) internal view {
        require(block.timestamp <= deadline, Errors.AgreementExpired(deadline, block.timestamp));
    }

    /// @dev Sending the transaction is as good as signing it.
    function _checkSignature(address signer, bytes32 digest, bytes calldata signature)
        internal
        view
    {
        if (msg.sender == signer && signature.length == 0) return;
        require(Signatures.isValid(signer, digest, signature), Errors.SignatureInvalid(signer));
    }

    function _typed(bytes32 structHash) internal view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(_domain(), structHash);
    }

    function _atMost(uint256 amount, uint256 most) internal pure returns (uint256) {
        return amount < most ? amount : most;
    }
}
