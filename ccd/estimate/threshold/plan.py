"""How the tests are drawn: forms of the bootstrap, clusters of the signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ccd.arrays import IntArray
from ccd.estimate.linear.vcov import nested
from ccd.estimate.rows.sample import Sample
from ccd.estimate.rows.signs import SIGN_WORDS
from ccd.estimate.threshold.settings import Form, Settings, Signs
from ccd.words import Text, text

#: Clusters below which Rademacher signs have too few patterns.
FEW_CLUSTERS = 12


@dataclass(frozen=True)
class Plan:
    """How to test: ``draws`` of each of ``forms``, signs by ``cluster`` (n,) codes."""

    draws: int
    forms: Sequence[Form]
    cluster: IntArray
    signs: Signs

    @property
    def headline(self) -> Form:
        """Return the form whose p-value decides."""
        return "wild" if "wild" in self.forms else "block"


def plan(model: Settings, sample: Sample) -> tuple[Plan, list[Text]]:
    """Return how to draw, with notes on what cannot be drawn.

    Raises EstimationError where only the block form is asked for and the panel is not balanced.
    """
    notes: list[Text] = []
    forms = list(dict.fromkeys(model.resampling))
    if "block" in forms and not sample.balanced:
        if forms == ["block"]:
            raise model.fail(
                text("the block bootstrap needs a balanced panel"), fix=text('take resampling = ["wild"]')
            )
        forms.remove("block")
        notes.append(text("No block bootstrap: the panel is unbalanced"))
    coarse = [group for group in sample.clusters if nested(sample.entity, group)]
    cluster: IntArray = coarse[0] if coarse else sample.entity
    if not coarse:
        notes.append(text("Bootstrap signs are drawn by region: no cluster column holds whole regions"))
    size = int(cluster.max()) + 1
    few: Signs = "webb" if size < FEW_CLUSTERS else "rademacher"
    signs: Signs = few if model.signs == "auto" else model.signs
    if model.bootstrap and "wild" in forms:
        notes.append(
            text(
                "Wild bootstrap: {draws} draws of {signs} for {count} clusters, residuals of the null model",
                draws=model.bootstrap,
                signs=SIGN_WORDS[signs],
                count=size,
            )
        )
    return Plan(model.bootstrap, forms, cluster, signs), notes
