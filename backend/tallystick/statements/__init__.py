"""Statements written for people and their programs: CSV, printable PDF, calendar.

`tallystick.loans.statements` decides what stands in them; here is only how it is written.
"""
