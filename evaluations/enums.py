"""Which fixed words does an evaluation use?"""

from django.db import models


class Status(models.TextChoices):
    PLANNED = "planned", "Planned"
    ALLOCATED = "allocated", "Allocated"
    ACCEPTED = "accepted", "Accepted"
    IN_PROGRESS = "in_progress", "In progress"
    SUBMITTED = "submitted", "Submitted"
    IN_MODERATION = "in_moderation", "In moderation"
    FINALISED = "finalised", "Finalised"
    SHARED = "shared", "Shared"
    CLOSED = "closed", "Closed"
    ELIMINATED = "eliminated", "Eliminated"


class Grade(models.TextChoices):
    """The inspection wording, exactly; the order is from best to worst, as people choose."""

    OUTSTANDING = "outstanding", "Outstanding"
    GOOD = "good", "Good"
    REQUIRES_IMPROVEMENT = "requires_improvement", "Requires improvement"
    INADEQUATE = "inadequate", "Inadequate"

    @property
    def rank(self) -> int:
        """1 is worst, 4 is best."""
        return 4 - list(Grade).index(self)


class Extent(models.TextChoices):
    """How far: the answers to the two judgements that are not grades."""

    YES = "yes", "Yes"
    MOSTLY = "mostly", "Mostly"
    IN_PART = "in_part", "In part"
    NO = "no", "No"


class FindingWord(models.TextChoices):
    YES = "yes", "Yes"
    IN_PART = "in_part", "In part"
    NO = "no", "No"
    NOT_APPLICABLE = "not_applicable", "Not applicable"


class OnRecord(models.TextChoices):
    CLEAR = "clear", "Clear"
    IN_PART = "in_part", "In part"
    NOT_FOUND = "not_found", "Not found"


class Clarity(models.TextChoices):
    CLEAR = "clear", "Clear"
    IN_PART = "in_part", "In part"


class SeesItTheSame(models.TextChoices):
    YES = "yes", "Yes"
    IN_PART = "in_part", "In part"
    NO = "no", "No"


class Voice(models.TextChoices):
    CHILD = "child", "Child"
    PARENT = "parent", "Parent or carer"
    PARTNER = "partner", "Partner"


class FeedbackOutcome(models.TextChoices):
    SPOKEN_WITH = "spoken_with", "Spoken with"
    DECLINED = "declined", "Declined"
    COULD_NOT_REACH = "could_not_reach", "Could not reach"
    NOT_APPROPRIATE = "not_appropriate", "Not appropriate"


class FeedbackHow(models.TextChoices):
    IN_PERSON = "in_person", "In person"
    BY_PHONE = "by_phone", "By phone"
    IN_WRITING = "in_writing", "In writing"


class AlertStatus(models.TextChoices):
    RAISED = "raised", "Raised"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    ACTION_RECORDED = "action_recorded", "Action recorded"
    CLOSED = "closed", "Closed"


class ConflictKind(models.TextChoices):
    MANAGES = "manages", "One manages the other"
    SAME_TEAM = "same_team", "Same team"
    WORKED_WITH_CHILD = "worked_with_child", "Worked with the child in the last 24 months"
    EVALUATED_EACH_OTHER = "evaluated_each_other", "Evaluated each other within two cycles"
    OTHER = "other", "Something else"


# Judgements beside the four pillars, whose keys come from the instrument.
PILLARS = ("child_voice", "assessment", "planning", "oversight")
HELP_IS_RIGHT = "help_is_right"
RECORD_SHOWS_WORK = "record_shows_work"
EXPERIENCE = "experience_and_progress"
OVERALL = "overall"
GRADED = (*PILLARS, EXPERIENCE, OVERALL)
EXTENTS = (HELP_IS_RIGHT, RECORD_SHOWS_WORK)
