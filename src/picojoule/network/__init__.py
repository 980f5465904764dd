"""Networks: the graph of populations and connections, and what makes it plastic."""
