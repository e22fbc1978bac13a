"""A region against its peers."""
