"""Discriminant analysis: one decomposition per class for all strengths of shrinkage."""
