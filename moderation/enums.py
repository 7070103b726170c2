"""Which fixed words does moderation use?"""

from django.db import models


class CaseStatus(models.TextChoices):
    QUEUED = "queued", "Waiting for moderators"
    GRADING = "grading", "Being graded blind"
    REVEALED = "revealed", "Grades revealed"
    AGREED = "agreed", "Agreed"
    REFERRED = "referred", "Referred to a panel"
    DECIDED = "decided", "Decided by the panel"


class Chosen(models.TextChoices):
    """Why a case is moderated."""

    INADEQUATE = "inadequate", "An Inadequate judgement"
    OUTSTANDING = "outstanding", "An Outstanding judgement"
    SAFETY_ALERT = "safety_alert", "A safety alert"
    DISAGREEMENT = "disagreement", "The practitioner sees it differently"
    LIMIT_REACHED = "limit_reached", "A grade limit was reached"
    FIRST_EVALUATIONS = "first_evaluations", "One of the evaluator’s first"
    RANDOM = "random", "Chosen at random"


class PanelStatus(models.TextChoices):
    SCHEDULED = "scheduled", "Scheduled"
    SITTING = "sitting", "Sitting"
    CLOSED = "closed", "Closed"


class ReasonCode(models.TextChoices):
    EVIDENCE_MISSED = "evidence_missed", "Evidence missed"
    DESCRIPTOR_MISREAD = "descriptor_misread", "Descriptor misread"
    RECORD_AGAINST_PRACTICE = "record_against_practice", "Record against practice"
    IMPACT_FOR_THE_CHILD = "impact_for_the_child", "Impact for the child"
    NEW_INFORMATION = "new_information", "New information"
    SEVERITY = "severity", "Severity"


class Outcome(models.TextChoices):
    UPHELD = "upheld", "Upheld"
    RAISED = "raised", "Raised"
    LOWERED = "lowered", "Lowered"


class Confidence(models.TextChoices):
    SURE = "sure", "Sure"
    FAIRLY_SURE = "fairly_sure", "Fairly sure"
    NOT_SURE = "not_sure", "Not sure"


class Standing(models.TextChoices):
    """How far apart evaluator and moderators are on one judgement."""

    SAME = "same", "All agree"
    TALK = "talk", "One differs: talk about it"
    PANEL = "panel", "For the panel"
