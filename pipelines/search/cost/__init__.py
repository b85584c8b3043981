"""What a plan takes: work and memory, and how it is cut to fit."""
