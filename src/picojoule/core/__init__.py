"""Words that everybody shares: errors, units, shapes, events, seeds."""
