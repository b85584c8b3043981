"""Boosting libraries on real tables: the tables, the sides and what their results come to."""
