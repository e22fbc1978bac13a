"""A study and its table in, frozen results out: the base that models stand on, one fit, and what is told of all."""
