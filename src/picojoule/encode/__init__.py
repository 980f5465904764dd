"""Encoders: from intensities to spikes."""
