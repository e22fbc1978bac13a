"""Which region-years a model stands on: samples, groups, nuisance columns."""
