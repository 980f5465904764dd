"""From elementwise torch functions to expression graphs, and from graphs to code."""
