"""Probability of default from a compiled, signed card: reading, scoring, reasons.

Nothing here imports a machine-learning library; `tallystick.training` makes the cards.
"""
