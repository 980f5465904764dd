"""What a network costs: operations counted, prices from cited tables, and the honest comparison with a ReLU network."""
