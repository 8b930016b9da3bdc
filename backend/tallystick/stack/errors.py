"""Why the stack does not start or go on, in one plain sentence each."""

from __future__ import annotations


class StackError(Exception):
    """The message says what to do."""
