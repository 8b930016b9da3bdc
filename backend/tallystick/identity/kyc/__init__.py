"""Knowing whom one deals with: cases, documents, checks, and the level that follows."""
