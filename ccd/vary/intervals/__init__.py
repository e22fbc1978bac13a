"""How sure a D, a grade and a rank are: rounding, errors of measurement, another region, another indicator."""
