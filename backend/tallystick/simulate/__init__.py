"""A whole portfolio lived on the real stack: `docs/simulate.md`."""
