"""New terms and settlements on their way to the chain: built, signed by all, ready to submit."""
