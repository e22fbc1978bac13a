"""Models of what follows what: the loop of policy, innovation, upgrading and response."""
