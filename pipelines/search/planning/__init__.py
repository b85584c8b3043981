"""The plan: candidates as a tree of steps, made from their parameters alone."""
