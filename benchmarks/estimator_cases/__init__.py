"""The estimators that are measured, family by family, and their cases on real tables by name."""

from dataclasses import dataclass

from . import classes, clusters, columns, kernels, linear, neighbors
from .subject import Subject, Synthetic
from .tables import Table


@dataclass(frozen=True)
class Case:
    """A subject on one of its tables."""

    subject: Subject
    table: Table


_FAMILIES = (linear, neighbors, classes, kernels, clusters, columns)

SUBJECTS: list[Subject] = [subject for family in _FAMILIES for subject in family.SUBJECTS]

CASES: dict[str, Case] = {
    f"{subject.title}: {table.title}" + (f", {table.rows:,} rows" if table.rows else ""): Case(
        subject, table
    )
    for subject in SUBJECTS
    for table in subject.tables
}

__all__ = ["CASES", "SUBJECTS", "Case", "Subject", "Synthetic"]
