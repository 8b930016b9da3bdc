"""Who is asking: wallets that sign in, and the sessions they are given."""
