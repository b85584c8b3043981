"""What is checked and timed on a GPU: the classic estimators, and the MLP."""
