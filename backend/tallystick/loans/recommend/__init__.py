"""Proposes the repayment plan that a borrower's budget carries at the least interest.

`docs/maths.md` states the input, the rules and why the seasonal plan is the cheapest there is.
"""
