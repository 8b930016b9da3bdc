"""Seven months of lending, played on a development chain through the real service."""
