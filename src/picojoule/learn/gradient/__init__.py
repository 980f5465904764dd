"""Parts of a gradient training: scores over time, losses on spikes, activity regularisers. The loop stays yours."""
