// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILoanAgreements} from "../interfaces/ILoanAgreements.sol";
import {ILoanBook} from "../interfaces/ILoanBook.sol";
import {Agreement, Conditions, Consents} from "../types/Agreement.sol";
import {TestDollar} from "./TestDollar.sol";

/// @notice An ERC-1271 account that agrees to every digest and lets the book pull. For load tests only.
contract Agreeable {
    constructor(TestDollar token, address book) {
        token.approve(book, type(uint256).max);
    }

    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) {
        return this.isValidSignature.selector;
    }
}

/// @notice Makes many events of a real book in one transaction. For load tests only.
/// @dev Loan `i` follows from a template: parties, size, document and nonces vary with `i`.
contract LoadMaker {
    ILoanBook public immutable book;
    address[] public accounts;

    constructor(ILoanBook book_, TestDollar token, uint256 parties) {
        book = book_;
        token.approve(address(book_), type(uint256).max);
        token.mint(address(this), 1e24);
        for (uint256 i; i < parties; ++i) {
            accounts.push(address(new Agreeable(token, address(book_))));
            token.mint(accounts[i], 1e24);
        }
    }

    function originate(Agreement memory template, uint256 first, uint256 count) external {
        Consents memory none;
        for (uint256 i = first; i < first + count; ++i) {
            ILoanAgreements(address(book)).originate(loan(template, i), conditions(i), none);
        }
    }

    function collect(Agreement memory template, uint256 first, uint256 count) external {
        Agreement[] memory loans = new Agreement[](count);
        for (uint256 i; i < count; ++i) {
            loans[i] = loan(template, first + i);
        }
        book.collectMany(loans);
    }

    /// @param amount base units, for a loan of the template's size
    function pay(Agreement memory template, uint256 first, uint256 count, uint256 amount) external {
        for (uint256 i = first; i < first + count; ++i) {
            book.pay(loan(template, i), amount * (1 + i % 13));
        }
    }

    function loan(Agreement memory template, uint256 i) public view returns (Agreement memory a) {
        uint256 parties = accounts.length;
        a = abi.decode(abi.encode(template), (Agreement));
        a.borrower = accounts[i % parties];
        a.lender = accounts[(i + 1 + (i / parties) % (parties - 1)) % parties];
        a.principal *= uint96(1 + i % 13);
        a.installment *= uint96(1 + i % 13);
        a.conditions = ILoanAgreements(address(book)).conditionsHash(conditions(i));
    }

    function conditions(uint256 i) public pure returns (Conditions memory c) {
        c.documentHash = keccak256(abi.encode(i));
        c.borrowerNonce = i;
        c.lenderNonce = i;
        c.deadline = type(uint40).max;
    }
}
