"""Recipes: one folder per paper, each a flat script with its command and its figures."""
