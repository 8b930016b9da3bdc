"""How well an applicant's identity is known: by us, by issuers of the gate, or as declared."""

from __future__ import annotations

from collections.abc import Iterable

from tallystick.chain.errors import RpcRefused
from tallystick.chain.hashing import keccak
from tallystick.chain.rpc import Rpc
from tallystick.chain.words import WORD, address_word, word
from tallystick.decisions.catalogue import KYC_LEVELS
from tallystick.identity.kyc.standing import Levels
from tallystick.identity.rights.records import RECORDS
from tallystick.identity.vault import RecordUnknown, Vault

_ADMITS = keccak(text="admits(address,bytes32,bytes)")[:4]


def attested_level(
    rpc: Rpc, gate: str | None, wallet: str, attestations: Iterable[tuple[str, bytes]]
) -> int:
    """The highest level (a place in `KYC_LEVELS`) that the gate on chain admits for the wallet.

    An attestation that is forged, expired, revoked or of an issuer whom the gate does not trust
    counts for nothing. Raises `RpcUnavailable`.
    """
    best = 0
    for name, statement in attestations:
        level = KYC_LEVELS.index(name)
        if level > best and gate is not None and _admits(rpc, gate, wallet, name, statement):
            best = level
    return best


def known_level(levels: Levels, vault: Vault, subject: str) -> int:
    """What two reviewers here found; else 1 once every field about the person is given."""
    standing = levels.of(subject)
    if standing is not None:
        return KYC_LEVELS.index(standing.level)
    try:
        given = vault.get(subject, "person").fields
    except RecordUnknown:
        return 0
    return int(all(name in given for name in RECORDS["person"]))


def _admits(rpc: Rpc, gate: str, wallet: str, name: str, statement: bytes) -> bool:
    from tallystick.identity.attestations import kind_of  # signing comes along, slow to load

    data = _ADMITS + address_word(wallet) + kind_of(f"kyc_{name}")
    data += word(3 * WORD) + word(len(statement)) + statement + bytes(-len(statement) % WORD)
    call = {"to": gate, "data": "0x" + data.hex()}
    try:
        answer = rpc.call("eth_call", call, "latest")
    except RpcRefused:  # what is no attestation reverts
        return False
    return answer != "0x" and int(answer, 16) == 1
