"""The keeper: pulls installments when they are due, for whoever wants them pulled."""
