"""Why an audit could not be made. What an audit finds is no exception: see `audit.report`."""

from __future__ import annotations


class AuditError(Exception):
    """The audit could not be made or not be finished; nothing is known about the book."""
