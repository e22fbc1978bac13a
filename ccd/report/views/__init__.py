"""One view per result shape: its table, figure and sentences."""
