"""The audit trail: who did what to whose data, and why, in a chain of hashes anchored on chain."""
