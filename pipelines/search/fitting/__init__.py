"""Fits on one fold: data, groups of members, branches."""
