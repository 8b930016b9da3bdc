"""The daily close: where every loan stood when a business date ended, once and in lines that stay.

A line is written when it says something new: what none says of a date, the one before says. The
close reads the index and writes a file of its own, so that it never makes the index wait.
"""
