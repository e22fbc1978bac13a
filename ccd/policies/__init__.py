"""From a registry of policies, a column, waves or a second file to the first treated year of each region."""

from ccd.policies.assign import assign_cohorts
from ccd.policies.registry import registry_policies
from ccd.policies.spec import CONFIDENCES, LEVELS, PolicySpec
from ccd.policies.treated import with_treated

__all__ = ["CONFIDENCES", "LEVELS", "PolicySpec", "assign_cohorts", "registry_policies", "with_treated"]
