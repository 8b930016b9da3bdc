"""From the book's logs to events and loans in SQLite, exactly and after any accident."""
