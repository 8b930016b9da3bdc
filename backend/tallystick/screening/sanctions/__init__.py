"""Sanctions lists: reading the public formats, and finding a name on them in any spelling."""
