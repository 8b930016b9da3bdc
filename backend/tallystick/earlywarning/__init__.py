"""Running loans that may fall behind: what their payments say as of a day, how likely they will be
late, and triggers for those who service them. `docs/warning.md`."""
