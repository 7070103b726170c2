"""What does a case system's extract say about the children in it?

Pure reading: no database, no settings. `read_file` gives children, problems and counts;
`matching` finds the staff and teams that the extract names.
"""

from cycles.annex_a.reader import read_file
from cycles.annex_a.records import (
    ChildRow,
    FileProblem,
    IgnoredSheet,
    ListCount,
    Problem,
    ReadResult,
)

__all__ = [
    "ChildRow",
    "FileProblem",
    "IgnoredSheet",
    "ListCount",
    "Problem",
    "ReadResult",
    "read_file",
]
