"""RealMLP: a multilayer perceptron with strong defaults for tables."""
