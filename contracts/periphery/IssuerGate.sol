// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IGate} from "../interfaces/IGate.sol";
import {Signatures} from "../libraries/Signatures.sol";

/// @title A registry of issuers whose attestations count
/// @notice Anyone can deploy one; it matters to the agreements that name it, and to no others. Its owner
/// says who may attest what, and nothing else: it can neither touch a loan nor attest by itself.
/// @dev An issuer signs the EIP-712 struct
/// `Attestation(address subject,bytes32 kind,uint40 issuedAt,uint40 expiresAt,bytes32 salt)` under the domain
/// `Tallystick IssuerGate`, version `1`, this chain and this contract. No personal data: a kind is a name
/// such as `keccak256("adult resident")`, the salt keeps equal attestations apart. An attestation that
/// has lost its validity undoes no loan; it counts when a loan begins or its claim changes hands.
contract IssuerGate is IGate, EIP712, Ownable2Step {
    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(address subject,bytes32 kind,uint40 issuedAt,uint40 expiresAt,bytes32 salt)"
    );

    /// @dev issuer, issuedAt, expiresAt and salt, one word each
    uint256 private constant HEAD = 128;

    mapping(address issuer => mapping(bytes32 kind => bool)) private _issuers;
    mapping(address issuer => mapping(bytes32 digest => bool)) private _revoked;
    mapping(address issuer => uint256 time) private _revokedBefore;

    /// @notice From now on attestations of `kind` by `issuer` count, also older ones; or none of them any more.
    event IssuerSet(address indexed issuer, bytes32 indexed kind, bool isIssuer);

    /// @notice The attestation with this digest no longer counts.
    event Revoked(address indexed issuer, bytes32 indexed digest);

    /// @notice No attestation that `issuer` issued before `time` (Unix seconds) counts any more.
    event RevokedBefore(address indexed issuer, uint40 time);

    /// @notice Thrown when the zero address is to become an issuer.
    error IssuerZero();

    /// @notice Thrown when an issuer revokes what it has not issued yet, or takes a revocation back.
    error TimeInvalid(uint40 time);

    /// @param owner who appoints the issuers; may hand over in two steps, or renounce, which freezes the list
    constructor(address owner) EIP712("Tallystick IssuerGate", "1") Ownable(owner) {}

    /// @notice The owner says whether `issuer` may attest `kind`.
    function setIssuer(address issuer, bytes32 kind, bool isIssuer_) external onlyOwner {
        require(issuer != address(0), IssuerZero());
        _issuers[issuer][kind] = isIssuer_;
        emit IssuerSet(issuer, kind, isIssuer_);
    }

    /// @notice An issuer revokes one of its attestations.
    function revoke(bytes32 digest) external {
        _revoked[msg.sender][digest] = true;
        emit Revoked(msg.sender, digest);
    }

    /// @notice An issuer revokes whatever it issued before `time`, at most until now.
    function revokeBefore(uint40 time) external {
        require(time <= block.timestamp && time > _revokedBefore[msg.sender], TimeInvalid(time));
        _revokedBefore[msg.sender] = time;
        emit RevokedBefore(msg.sender, time);
    }

    /// @inheritdoc IGate
    /// @param attestation `abi.encode(issuer, issuedAt, expiresAt, salt)` followed by the issuer's signature: ECDSA
    /// (65 bytes or EIP-2098) or ERC-1271. Valid from `issuedAt` to `expiresAt`, both included. Anything else
    /// is no attestation, and no error.
    function admits(address party, bytes32 kind, bytes calldata attestation)
        external
        view
        returns (bool)
    {
        if (attestation.length < HEAD) return false;
        (uint256 issuerWord, uint256 issuedAt, uint256 expiresAt, bytes32 salt) =
            abi.decode(attestation[:HEAD], (uint256, uint256, uint256, bytes32));
        address issuer = address(uint160(issuerWord));
        if (issuerWord >> 160 != 0 || !_issuers[issuer][kind]) return false;
        if (block.timestamp < issuedAt || block.timestamp > expiresAt) return false;
        if (expiresAt > type(uint40).max || issuedAt < _revokedBefore[issuer]) return false;
        bytes32 digest = digestOf(party, kind, uint40(issuedAt), uint40(expiresAt), salt);
        if (_revoked[issuer][digest]) return false;
        return Signatures.isValid(issuer, digest, attestation[HEAD:]);
    }

    /// @notice Whether attestations of `kind` by `issuer` count.
    function isIssuer(address issuer, bytes32 kind) external view returns (bool) {
        return _issuers[issuer][kind];
    }

    /// @notice Whether `issuer` revoked the attestation with this digest by itself.
    function isRevoked(address issuer, bytes32 digest) external view returns (bool) {
        return _revoked[issuer][digest];
    }

    /// @notice Unix time before which `issuer` revoked everything; 0 for nothing.
    function revokedBefore(address issuer) external view returns (uint256) {
        return _revokedBefore[issuer];
    }

    /// @notice What an issuer signs.
    function digestOf(
        address subject,
        bytes32 kind,
        uint40 issuedAt,
        uint40 expiresAt,
        bytes32 salt
    ) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(abi.encode(ATTESTATION_TYPEHASH, subject, kind, issuedAt, expiresAt, salt))
        );
    }
}
