"""What scripts/build-release makes packages with."""
