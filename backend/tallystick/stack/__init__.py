"""The whole product on one machine: what `make run` starts."""
