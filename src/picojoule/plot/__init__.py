"""Pictures of what a network did: arrays in, matplotlib figures out; and the report of a run as one HTML page."""
