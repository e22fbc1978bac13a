"""A replication package: study, data, results, environment and a README in one zip, the same bytes twice."""

from ccd.package.archive import NAME, described, opened, packed
from ccd.package.contents import Contents
from ccd.package.files import files_of, record
from ccd.package.lock import requirements

__all__ = ["NAME", "Contents", "described", "files_of", "opened", "packed", "record", "requirements"]
