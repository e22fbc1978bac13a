"""The words that the views of a panel threshold model share: its models by their number of thresholds."""

from __future__ import annotations

from ccd.words import text

MODELS = {1: text("Single threshold"), 2: text("Double threshold"), 3: text("Triple threshold")}
