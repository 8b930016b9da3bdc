"""Telling other systems what happened: signed, at least once, and never anything inside."""
