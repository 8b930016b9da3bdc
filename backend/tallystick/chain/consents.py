"""The signatures with which a transaction put terms into force, read from its calldata.

The book says in no event who signed: it checked, and what it checked stands in the transaction. A
call that comes by way of another contract cannot be read here.
"""

from __future__ import annotations

from collections.abc import Iterator

from tallystick.chain.calls import (
    AMEND_SELECTOR,
    CONSENTS,
    MULTICALL_SELECTOR,
    ORIGINATE_SELECTOR,
    Consents,
)
from tallystick.chain.words import AGREEMENT_SIZE, AMENDMENT, TERMS_SIZE, WORD, terms_words
from tallystick.loans.agreement import Agreement

_BEFORE_TERMS = {ORIGINATE_SELECTOR: 0, AMEND_SELECTOR: AGREEMENT_SIZE}
_AFTER_TERMS = {ORIGINATE_SELECTOR: 0, AMEND_SELECTOR: AMENDMENT.size}


def consents_in(calldata: bytes, terms: Agreement) -> Consents | None:
    """The consents to these terms in an `originate` or `amend`, also inside a `multicall`; None
    where the calldata holds none."""
    wanted = terms_words(terms)
    return next((found for call in _calls(calldata) if (found := _of(call, wanted))), None)


def _calls(calldata: bytes) -> Iterator[bytes]:
    if calldata[:4] != MULTICALL_SELECTOR:
        yield calldata
        return
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    try:
        (inner,) = decode(["bytes[]"], calldata[4:])
    except DecodingError:
        return
    yield from inner


def _of(call: bytes, wanted: bytes) -> Consents | None:
    from eth_abi.abi import decode
    from eth_abi.exceptions import DecodingError

    selector = call[:4]
    if selector not in _BEFORE_TERMS:
        return None
    at = 4 + _BEFORE_TERMS[selector]
    if call[at : at + TERMS_SIZE] != wanted:
        return None
    words = (at + TERMS_SIZE + _AFTER_TERMS[selector] - 4) // WORD  # before the consents' place
    try:
        *_, found = decode([*["bytes32"] * words, CONSENTS], call[4:])
    except DecodingError:
        return None
    return Consents(*found)
