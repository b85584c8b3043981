"""How boosters are trained: one or several, with a validation part of their own, refitted."""
