"""Digits learned by surrogate gradients."""
