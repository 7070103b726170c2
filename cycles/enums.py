"""Which fixed words do children, cycles and samples use?"""

from __future__ import annotations

from datetime import date

from django.db import models


class PlanType(models.TextChoices):
    ASSESSMENT = "assessment", "Assessment"
    EARLY_HELP = "early_help", "Early help"
    CHILD_IN_NEED = "child_in_need", "Child in need"
    CHILD_PROTECTION = "child_protection", "Child protection"
    CHILD_IN_CARE = "child_in_care", "Child in care"
    CARE_LEAVER = "care_leaver", "Care leaver"
    ADOPTION = "adoption", "Adoption"
    SHORT_BREAKS = "short_breaks", "Short breaks"
    CUSTODY = "custody", "Custody"


class Gender(models.TextChoices):
    GIRL = "girl", "Girl"
    BOY = "boy", "Boy"
    OTHER = "other", "Another gender"
    NOT_KNOWN = "not_known", "Not known"


class Ethnicity(models.TextChoices):
    WHITE = "white", "White"
    MIXED = "mixed", "Mixed"
    ASIAN = "asian", "Asian"
    BLACK = "black", "Black"
    OTHER = "other", "Other"
    NOT_KNOWN = "not_known", "Not known"


class CycleStatus(models.TextChoices):
    PLANNED = "planned", "Planned"
    OPEN = "open", "Open"
    MODERATING = "moderating", "Moderating"
    CLOSED = "closed", "Closed"


class EntryKind(models.TextChoices):
    RANDOM = "random", "Random"
    PURPOSIVE = "purposive", "Purposive"
    REVISIT = "revisit", "Revisit"


class EliminationReason(models.TextChoices):
    NOT_SUITABLE = "not_suitable", "Not suitable for the family now"
    CLOSED = "closed", "No longer open to us"
    MOVED = "moved", "Moved to another authority"
    COURT = "court", "Recent complaint or court work"
    WORKER_AWAY = "worker_away", "The worker is away for the whole cycle"
    CONFLICT = "conflict", "No evaluator without a conflict"
    DUPLICATE = "duplicate", "Drawn twice (a brother or sister)"


class AgeBand(models.TextChoices):
    UNDER_5 = "under_5", "Under 5"
    FROM_5 = "5_to_10", "5 to 10"
    FROM_11 = "11_to_15", "11 to 15"
    FROM_16 = "16_and_over", "16 and over"
    NOT_KNOWN = "not_known", "Not known"


def age_band(birth_month: date | None, on: date) -> AgeBand:
    """The age band on a day of a child born in this month; not known without one."""
    if birth_month is None:
        return AgeBand.NOT_KNOWN
    years = on.year - birth_month.year - (on.month < birth_month.month)
    if years < 5:
        return AgeBand.UNDER_5
    if years < 11:
        return AgeBand.FROM_5
    return AgeBand.FROM_11 if years < 16 else AgeBand.FROM_16
