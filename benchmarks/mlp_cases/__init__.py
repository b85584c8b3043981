"""The four comparisons of the MLP, by name and in the order of the page."""

from . import loss_curves, realmlp, searched, torch_steps

CASES = {
    "realmlp": realmlp,
    "loss_curves": loss_curves,
    "torch_steps": torch_steps,
    "search": searched,
}
