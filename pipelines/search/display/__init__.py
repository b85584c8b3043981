"""Plans as text, in colours, and as HTML."""
