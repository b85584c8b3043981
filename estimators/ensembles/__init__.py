"""Shared fits of ensembles: forests, bagging and boosting, whose shorter members are beginnings."""
