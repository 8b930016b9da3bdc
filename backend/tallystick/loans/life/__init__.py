"""The life of a loan offline: a schedule, the rules of payment and what happened, in time order.

`docs/maths.md`, "Events", states every type, rule and convention.
"""
