"""Backups: every database as of one moment, encrypted, and restored once before they count."""
