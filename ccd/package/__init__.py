"""A replication package: study, data, results, environment and a README in one zip, the same bytes twice."""

from ccd.package.archive import NAME, opened, packed
from ccd.package.contents import Contents
from ccd.package.files import files_of, record
from ccd.package.lock import requirements

__all__ = ["NAME", "Contents", "files_of", "opened", "packed", "record", "requirements"]
