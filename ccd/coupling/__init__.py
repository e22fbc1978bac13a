"""Coupling coordination: degrees, grades and what moved them."""
