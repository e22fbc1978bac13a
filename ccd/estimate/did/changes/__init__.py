"""Changes-in-changes (Athey & Imbens 2006): two groups in two periods, by counts of their outcomes."""
