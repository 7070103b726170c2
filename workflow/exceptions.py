"""Which refusals does every page, endpoint, command and task share?"""

from django.core.exceptions import PermissionDenied


class NotPermitted(PermissionDenied):
    """This person may not do this (403). The sentence says why."""


class Conflict(Exception):
    """The record's state does not allow this (409). The sentence says what would be needed."""


class Stale(Conflict):
    """Somebody saved a newer version first (409). Both texts are kept by the caller."""


class Incomplete(Conflict):
    """Things are missing. `missing` lists them all, each with the field it belongs to."""

    def __init__(self, missing):
        self.missing = list(missing)
        super().__init__(" ".join(item.sentence for item in self.missing))
