"""Accuracy and energy side by side, over several seeds: what `pj compare` and `pj.compare` find."""
