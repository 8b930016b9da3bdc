"""The HTTP API under `/v1`: what the index knows, and payloads for wallets. It holds no keys."""
