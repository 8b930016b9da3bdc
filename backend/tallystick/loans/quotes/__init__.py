"""What a loan costs before it is signed, and what ending or shortening it costs or saves."""
