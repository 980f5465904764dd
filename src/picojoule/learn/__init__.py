"""Learning: local rules now; gradients and conversion have their place here."""
