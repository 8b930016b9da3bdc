"""Proofs of a loan that hold against a block hash alone: made from a node, checked without one."""
