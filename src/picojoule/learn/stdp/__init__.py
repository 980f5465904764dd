"""Spike-timing-dependent plasticity: rules and homeostasis."""
