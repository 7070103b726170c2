"""Which fixed words do children, cycles and samples use?"""

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
