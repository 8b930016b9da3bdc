"""SQLite: connections, migrations, and the form in which amounts are stored."""

from tallystick.db.amounts import pack_amount, unpack_amount
from tallystick.db.connection import open_database, snapshot, write
from tallystick.db.database import Database
from tallystick.db.errors import DatabaseError, DatabaseMissing, SchemaOutdated
from tallystick.db.migrations import Migrations, migrate, require_schema

__all__ = [
    "Database",
    "DatabaseError",
    "DatabaseMissing",
    "Migrations",
    "SchemaOutdated",
    "migrate",
    "open_database",
    "pack_amount",
    "require_schema",
    "snapshot",
    "unpack_amount",
    "write",
]
