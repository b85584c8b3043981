"""Tests of boosting/explanation."""
