"""Why a receipt or a channel is refused.

::

    ChannelError
    ├── ChannelUnknown     no such channel is configured
    ├── ChannelsInvalid    the description of channels breaks a rule
    ├── ReceiptUnknown     no such receipt
    ├── ReceiptKnown       it was taken in already
    ├── ReceiptSettled     nothing is open about it
    └── ResolutionInvalid  it cannot be resolved this way
"""

from __future__ import annotations


class ChannelError(Exception):
    """Base of all errors of this package."""


class ChannelUnknown(ChannelError):
    """The message names the channel."""


class ChannelsInvalid(ChannelError):
    """The message names the file, the member and the rule."""


class ReceiptUnknown(ChannelError):
    """No receipt has this id."""


class ReceiptKnown(ChannelError):
    """The channel told of it before."""


class ReceiptSettled(ChannelError):
    """It is on chain, or went back, or is on its way."""


class ResolutionInvalid(ChannelError):
    """The message says why."""
