"""The event engine: a network becomes one compiled function whose work is proportional to spikes."""
