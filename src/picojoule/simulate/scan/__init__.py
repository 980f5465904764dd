"""Time loops over layers of neurons, with gradients: `scan`, and the loops that can run it."""
