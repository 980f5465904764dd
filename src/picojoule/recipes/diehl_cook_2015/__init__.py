"""Diehl & Cook (2015)."""
