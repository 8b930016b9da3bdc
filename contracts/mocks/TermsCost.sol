// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TermsHash} from "../libraries/TermsHash.sol";
import {Agreement, Amortization, Frequency} from "../types/Agreement.sol";

/// @notice The two ways to keep an agreement's terms, side by side, for docs/adr/0001. Measured, never deployed.
/// @dev Only what later calls need is stored: the hash already proves document, nonces and deadline.
contract TermsCost {
    struct Terms {
        address borrower;
        uint64 annualRate;
        uint16 count;
        uint16 every;
        address lender;
        uint64 penaltyRate;
        uint16 graceDays;
        uint16 penaltyCapDays;
        address token;
        uint96 principal;
        uint96 installment;
        uint96 quantum;
        uint8 dueDay;
        Amortization amortization;
        Frequency frequency;
        uint16 startDay;
        uint16 firstDay;
    }

    mapping(bytes32 => Terms) private _terms;
    mapping(bytes32 => uint256) private _debts;

    /// @notice Origination that stores the terms beside one word of state.
    function originateStored(Agreement calldata a) external {
        bytes32 id = TermsHash.ofAgreement(a);
        _terms[id] = Terms({
            borrower: a.borrower,
            annualRate: a.annualRate,
            count: a.count,
            every: a.every,
            lender: a.lender,
            penaltyRate: a.penaltyRate,
            graceDays: a.graceDays,
            penaltyCapDays: a.penaltyCapDays,
            token: a.token,
            principal: a.principal,
            installment: a.installment,
            quantum: a.quantum,
            dueDay: a.dueDay,
            amortization: a.amortization,
            frequency: a.frequency,
            startDay: uint16(a.startDate % 1e4),
            firstDay: uint16(a.firstDueDate % 1e4)
        });
        _debts[id] = a.principal;
    }

    /// @notice Origination that keeps the hash only.
    function originateHashed(Agreement calldata a) external {
        _debts[TermsHash.ofAgreement(a)] = a.principal;
    }

    /// @notice A payment that loads the terms.
    function payStored(bytes32 id) external {
        Terms memory terms = _terms[id];
        _debts[id] -= terms.installment > 0 ? 1 : 2;
    }

    /// @notice A payment that is handed the terms and proves them.
    function payHashed(Agreement calldata a) external {
        bytes32 id = TermsHash.ofAgreement(a);
        _debts[id] -= a.installment > 0 ? 1 : 2;
    }
}
