"""The legal package of a loan: one archive that proves what was agreed, paid and told."""
