// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Anchors of off-chain audit trails
/// @notice Records roots of trails that live elsewhere, so that nobody, their keeper included, can change
/// what lies before an anchored root.
/// @dev Everyone has streams of his own; nobody can write into another's. Roots carry no personal data:
/// they are hashes over hash-chained entries with a random salt each.
contract Anchor {
    /// @notice The newest root of a stream and how many came before it.
    struct Head {
        bytes32 root;
        uint64 sequence;
        uint40 timestamp;
    }

    mapping(address keeper => mapping(bytes32 stream => Head)) private _heads;

    /// @notice `root` is the newest of the stream; `previous` is the one it follows, 0 for the first.
    event Anchored(
        address indexed keeper,
        bytes32 indexed stream,
        uint64 indexed sequence,
        bytes32 root,
        bytes32 previous
    );

    /// @notice Thrown when another root was anchored since `previous` was read.
    error NotTheHead(bytes32 head, bytes32 previous);

    /// @notice Thrown for the root 0, which means "none".
    error RootZero();

    /// @notice Anchors `root` after `previous` in the caller's `stream`.
    /// @dev Naming the previous root makes the stream a chain and a second writer fail instead of forking it.
    function anchor(bytes32 stream, bytes32 previous, bytes32 root)
        external
        returns (uint64 sequence)
    {
        require(root != 0, RootZero());
        Head storage head = _heads[msg.sender][stream];
        require(head.root == previous, NotTheHead(head.root, previous));
        sequence = head.sequence + 1;
        (head.root, head.sequence, head.timestamp) = (root, sequence, uint40(block.timestamp));
        emit Anchored(msg.sender, stream, sequence, root, previous);
    }

    /// @notice The newest root of `keeper`'s `stream`; all zero when there is none.
    function headOf(address keeper, bytes32 stream) external view returns (Head memory) {
        return _heads[keeper][stream];
    }
}
