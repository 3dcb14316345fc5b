"""The parts of scripts/bench that compare with other programs."""
