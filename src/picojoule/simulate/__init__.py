"""Simulation: one description of a network, several engines that run it."""
