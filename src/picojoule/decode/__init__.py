"""Decoders: from the spikes of a population to a class."""
