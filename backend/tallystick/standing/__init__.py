"""Credit records: what is told of how a wallet or a person repaid, and for how long."""
