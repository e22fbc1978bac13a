"""Which formula, contributions, grades and weights made a published table, or that none of the known ones did."""
