"""Neuron models: each a frozen dataclass of parameters with four pure methods."""
