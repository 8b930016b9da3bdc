"""People: who signs in, what is known of them, and who may read it."""
