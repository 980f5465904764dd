"""Accuracy against energy: one recipe, trained within several energy budgets."""
