"""The engine: networks as functions with hand-written gradients, trained many at a time."""
