"""Scores on one fold: views, responses, and many members at once."""
