"""Kernel methods: kernel ridge and support vector machines, their kernels computed once."""
