"""Famous claims about the energy of spiking networks, recomputed from the published sizes and firing rates."""
