"""Selections of columns: their shared fits."""
