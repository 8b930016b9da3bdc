"""Data that comes with an application: bank statements and consented signals, read from hostile
files into one typed form, with a report of their quality and features for scoring.
`docs/intake.md`."""
