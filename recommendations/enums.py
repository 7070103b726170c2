"""Which fixed words do recommendations and revisits use?"""

from django.db import models


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    AGREED = "agreed", "Agreed"
    UNDER_WAY = "under_way", "Under way"
    DONE = "done", "Done"
    CHECKED = "checked", "Checked"
    LOOP_CLOSED = "loop_closed", "Loop closed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    SUPERSEDED = "superseded", "Superseded"


OPEN = (Status.AGREED, Status.UNDER_WAY, Status.DONE, Status.CHECKED)
WITH_OWNER = (Status.AGREED, Status.UNDER_WAY)


class Level(models.TextChoices):
    CHILD = "child", "For this child"
    TEAM = "team", "For the team"
    SERVICE = "service", "For the service area"
    TRUST = "trust", "For the Trust"


class Priority(models.TextChoices):
    CRITICAL = "critical", "Critical"
    HIGH = "high", "High"
    MEDIUM = "medium", "Medium"
    LOW = "low", "Low"


class Theme(models.TextChoices):
    DIRECT_WORK = "direct_work", "Direct work and the child’s words"
    VISITS = "visits", "Visits and seeing children alone"
    IDENTITY = "identity", "Identity, culture and disability"
    ADVOCACY = "advocacy", "Advocacy and participation"
    CHRONOLOGY = "chronology", "History and chronology"
    ANALYSIS = "analysis", "Analysis and risk"
    FATHERS = "fathers", "Fathers, absent adults and wider family"
    PLANS = "plans", "Plans that are clear and shared"
    PARTNERS = "partners", "Working with partners"
    DRIFT = "drift", "Drift and delay"
    PERMANENCE = "permanence", "Permanence and where children live"
    SUPERVISION = "supervision", "Supervision and management oversight"
    RECORDING = "recording", "Recording"
    TRANSITIONS = "transitions", "Moving on and step-down"


class RevisitKind(models.TextChoices):
    FULL = "full", "Full revisit"
    FILE_CHECK = "file_check", "File check"
    IMPACT_REVIEW = "impact_review", "Impact review"


class RevisitStatus(models.TextChoices):
    DUE = "due", "Due"
    ALLOCATED = "allocated", "Allocated"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"


class Difference(models.TextChoices):
    BETTER = "better", "Better"
    SAME = "same", "The same"
    WORSE = "worse", "Worse"
    TOO_SOON = "too_soon", "Too soon to tell"
    NOT_APPLICABLE = "not_applicable", "No longer applies to the child"
