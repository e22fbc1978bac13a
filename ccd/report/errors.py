"""How errors and p-values were made, model by model: said in one table, not under every table of models."""

from __future__ import annotations

from collections.abc import Mapping

from ccd.report.table import Align, Cell, Count, Number, PValue, Row, Table, Word, heads
from ccd.results import Results
from ccd.words import Name, P, Text, text

#: How the notes begin that say the factor of clustered errors, and that a permutation leads.
CLUSTERED = "Standard errors clustered ("
PERMUTED = "p-value and interval of {policy}: studentised permutation of the cohorts over"
#: Fewer models than this keep their notes under their table.
FEWEST = 2


def is_detail(note: Text) -> bool:
    """Tell whether a note (of one column too) is of those that stand in the table of errors."""
    inner = dict(note.values).get("note")
    own = inner if isinstance(inner, Text) else note
    return own.template.startswith((CLUSTERED, PERMUTED))


def errors_table(results: Results) -> Table | None:
    """Return clusters, factor, K and degrees of freedom, draws and analytic p of each model; None: too few models.

    The factor is that of clustered errors, G/(G-1) x (n-1)/(n-K); what a model does not have is a dash.
    """
    rows = []
    for name, estimate in results.estimates.items():
        clustered: Mapping[str, object] = {}
        permuted: Mapping[str, object] = {}
        for note in estimate.notes:
            if note.template.startswith(CLUSTERED):
                clustered = dict(note.values)
            elif note.template.startswith(PERMUTED):
                permuted = dict(note.values)
        if clustered or permuted:
            rows.append(Row((Word(Name(name)), *_clusters(clustered), *_draws(permuted))))
    if len(rows) < FEWEST:
        return None
    said: tuple[Text | str, ...] = (
        text("Clusters"),
        text("Small-sample factor"),
        "K",
        text("Degrees of freedom"),
        text("Permutations"),
        text("Analytic p"),
    )
    numbers: tuple[Align, ...] = tuple("d" for _ in said)
    note = text(
        "Factor: G/(G-1) x (n-1)/(n-K) of clustered errors. Where permutations are counted, p-value and interval of "
        "the policy are those of the permuted cohorts, and the analytic p stands back"
    )
    head = (heads([text("Model"), *said]),)
    title = text("Standard errors and permutations by model")
    return Table("errors", title, ("l", *numbers), head, tuple(rows), (note,))


def _clusters(values: Mapping[str, object]) -> tuple[Cell, ...]:
    if not values:
        return tuple(Number(float("nan")) for _ in range(4))
    counts, factor = values["clusters"], values["factor"]
    listed = " x ".join(str(count) for count in counts) if isinstance(counts, tuple) else str(counts)
    return (
        Word(listed),
        Number(float(str(factor)), 4),
        Word(str(values["k"])),
        Word(str(values["df"])),
    )


def _draws(values: Mapping[str, object]) -> tuple[Cell, ...]:
    analytic = values.get("analytic")
    if not isinstance(analytic, P):
        return Number(float("nan")), Number(float("nan"))
    return Count(int(str(values["draws"]))), PValue(analytic.value)
