"""Tests of boosting/explanation/plots."""
