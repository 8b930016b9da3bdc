"""Telling people what concerns their loans: in their language, by their channels, once."""
