"""Training of scorecards, in an environment of its own; the service never imports this package."""
