"""A recipe that cannot be compared."""
