"""Connections: how the spikes of one population reach another."""
