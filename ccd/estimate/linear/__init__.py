"""Arrays in, small frozen values out: least squares, what is absorbed, and how errors are made."""
