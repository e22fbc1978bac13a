"""Where a variable lies: its centre and its standard deviational ellipse."""
