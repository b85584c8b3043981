"""The MLP: layers and losses with hand-written gradients, and their training in batches."""
