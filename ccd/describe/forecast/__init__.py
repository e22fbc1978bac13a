"""The next years of each region, with the errors of years held out."""
