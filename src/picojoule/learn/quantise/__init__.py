"""Networks of few bits: weights and activations on a grid, trained through it by straight-through gradients."""
