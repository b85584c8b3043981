"""Naive Bayes: counts and moments of the classes once, for all smoothings."""
