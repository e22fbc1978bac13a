"""Stages of technology and industry from S-curves."""
