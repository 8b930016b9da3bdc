"""Everything that talks to an EVM node, and the only package that knows web3."""
