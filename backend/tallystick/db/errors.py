"""Exceptions of the database layer.

::

    DatabaseError
    ├── DatabaseMissing   there is no such file
    └── SchemaOutdated    the file was made by an earlier release and not migrated yet
"""

from __future__ import annotations


class DatabaseError(Exception):
    """Base of all errors of this package."""


class DatabaseMissing(DatabaseError):
    """There is no database file to read."""


class SchemaOutdated(DatabaseError):
    """The database lacks a migration that this release needs."""
