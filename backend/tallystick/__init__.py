"""An on-chain loan ledger that keeps itself, and the service that reads it."""

__version__ = "0.1.0"
