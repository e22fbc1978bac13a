"""Coupling-coordination econometrics from one study file and one panel."""

__version__ = "0.1.0"
