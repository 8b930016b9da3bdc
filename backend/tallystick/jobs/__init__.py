"""Work that recurs, such as daily: which jobs there are, and the process that runs them in time."""
