"""Who may do what: roles, acts that two people must agree on, keys of integrators."""
