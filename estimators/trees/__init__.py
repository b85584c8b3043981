"""Shared fits of single trees: one tree and every tree it can be pruned to."""
