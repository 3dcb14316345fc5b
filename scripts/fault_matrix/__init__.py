"""The faults of scripts/fault-matrix, the places in which they strike, and what is judged there."""
