"""Transfers of claims before they are on chain: who sells to whom, for how much, and who signed."""
