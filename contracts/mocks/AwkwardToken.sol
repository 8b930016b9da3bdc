// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

interface ITransferHook {
    function onTransfer(address from, address to, uint256 amount) external;
}

/// @notice A token that misbehaves on demand in every way seen in the wild. For tests only.
contract AwkwardToken {
    enum Mode {
        Plain,
        NoReturn,
        ReturnsFalse,
        FalseAndMoves,
        TakesFee,
        Reverts,
        BurnsGas,
        ReturnBomb
    }

    uint8 public constant decimals = 6;
    string public constant symbol = "AWK";
    Mode public mode;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => bool) public blocked;
    ITransferHook public hook;

    function setMode(Mode mode_) external {
        mode = mode_;
    }

    function setBlocked(address account, bool isBlocked) external {
        blocked[account] = isBlocked;
    }

    function setHook(ITransferHook hook_) external {
        hook = hook_;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _answer(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        uint256 allowed = allowance[from][msg.sender];
        require(allowed >= amount, "allowance");
        if (allowed != type(uint256).max) allowance[from][msg.sender] = allowed - amount;
        return _answer(from, to, amount);
    }

    function _answer(address from, address to, uint256 amount) private returns (bool) {
        if (mode == Mode.ReturnsFalse) return false;
        require(mode != Mode.Reverts, "paused");
        if (mode == Mode.BurnsGas) while (true) {}
        require(!blocked[to], "blocked");
        _move(from, to, amount);
        if (address(hook) != address(0)) hook.onTransfer(from, to, amount);
        if (mode == Mode.NoReturn) {
            assembly {
                return(0, 0)
            }
        }
        if (mode == Mode.ReturnBomb) {
            assembly {
                mstore(0, 1)
                return(0, 1000000)
            }
        }
        return mode != Mode.FalseAndMoves;
    }

    function _move(address from, address to, uint256 amount) private {
        require(balanceOf[from] >= amount, "balance");
        balanceOf[from] -= amount;
        balanceOf[to] += mode == Mode.TakesFee ? amount - amount / 100 : amount;
    }
}
