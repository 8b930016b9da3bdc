"""What the chain tells of a wallet, as of a block: its loans in our index, and its general history
by RPC. `docs/wallets.md`."""
