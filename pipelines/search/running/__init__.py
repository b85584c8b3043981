"""Running a plan: fold by fold, over all folds, in workers, with checkpoints."""
