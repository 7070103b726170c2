"""How is a grade tested: who graded blind, who decided, and what came of it?"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from evaluations.enums import Grade
from moderation.enums import CaseStatus, Confidence, Outcome, PanelStatus, ReasonCode
from moderation.querysets import ModerationCaseQuerySet, PanelQuerySet

User = settings.AUTH_USER_MODEL
WORDS = 8000


class Panel(models.Model):
    """A meeting that decides referred cases."""

    cycle = models.ForeignKey("cycles.Cycle", on_delete=models.PROTECT, related_name="panels")
    meets_at = models.DateTimeField()
    chair = models.ForeignKey(User, on_delete=models.PROTECT, related_name="panels_chaired")
    status = models.CharField(max_length=10, choices=PanelStatus, default=PanelStatus.SCHEDULED)
    opened_at = models.DateTimeField(null=True)
    minutes = models.TextField(blank=True, max_length=20000)
    signed_at = models.DateTimeField(null=True)
    signed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    objects = PanelQuerySet.as_manager()

    class Meta:
        ordering = ["-meets_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="closed") | Q(signed_at__isnull=False, signed_by__isnull=False),
                name="panel_closed_is_signed",
            )
        ]

    def __str__(self) -> str:
        return f"Panel of {timezone.localtime(self.meets_at):%d %B %Y}"

    def get_absolute_url(self) -> str:
        return reverse("moderation:panel", args=[self.pk])

    @property
    def reference(self) -> str:
        return f"Panel {timezone.localtime(self.meets_at):%Y-%m-%d}"


class PanelMember(models.Model):
    """A person on a panel, present or recused."""

    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="members")
    member = models.ForeignKey(User, on_delete=models.PROTECT, related_name="panel_places")
    attended = models.BooleanField(default=False)
    recused = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["panel", "member"], name="panelmember_sits_once")
        ]

    def __str__(self) -> str:
        return str(self.member)


class ModerationCase(models.Model):
    """One evaluation whose grades are tested, and why it was chosen."""

    evaluation = models.OneToOneField(
        "evaluations.Evaluation", on_delete=models.PROTECT, related_name="moderation_case"
    )
    status = models.CharField(max_length=10, choices=CaseStatus, default=CaseStatus.QUEUED)
    reasons = models.JSONField(default=list)  # keys of `Chosen`
    is_random = models.BooleanField(default=False)  # headline agreement uses these alone
    seed = models.CharField(max_length=64, blank=True)  # what the random draw was made with
    panel = models.ForeignKey(
        Panel, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    queued_at = models.DateTimeField(default=timezone.now)
    grade_by = models.DateField(null=True)
    revealed_at = models.DateTimeField(null=True)
    reconcile_by = models.DateField(null=True)
    panel_by = models.DateField(null=True)
    referred_reason = models.CharField(max_length=2000, blank=True)
    # The grades talked through, by judgement; a new version asks everybody again.
    proposal = models.JSONField(default=dict, blank=True)
    proposal_version = models.PositiveIntegerField(default=0)
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    evaluator_agreed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)

    objects = ModerationCaseQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["status", "grade_by"])]

    def __str__(self) -> str:
        return f"Moderation of {self.evaluation}"

    def get_absolute_url(self) -> str:
        return reverse("moderation:case", args=[self.pk])

    @property
    def reference(self) -> str:
        return self.evaluation.reference

    @property
    def trail_child_reference(self) -> str:
        return self.evaluation.child.reference


class ModeratorAssignment(models.Model):
    """A moderator's seat on a case; their grades are locked together."""

    case = models.ForeignKey(ModerationCase, on_delete=models.PROTECT, related_name="assignments")
    moderator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="moderations")
    assigned_at = models.DateTimeField(default=timezone.now)
    locked_at = models.DateTimeField(null=True)
    recognised = models.BooleanField(default=False)  # “I recognised this case”
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(null=True)
    replaced_at = models.DateTimeField(null=True)
    replaced_reason = models.CharField(max_length=500, blank=True)
    agreed_at = models.DateTimeField(null=True)  # said yes to the grades talked through

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "moderator"],
                condition=Q(replaced_at=None),
                name="moderatorassignment_sits_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.moderator} on {self.case}"


class ModeratorGrade(models.Model):
    """A moderator's own grade for one judgement, given blind and kept for ever."""

    assignment = models.ForeignKey(
        ModeratorAssignment, on_delete=models.PROTECT, related_name="grades"
    )
    key = models.CharField(max_length=40)
    grade = models.CharField(max_length=20, choices=Grade, blank=True)
    reason = models.TextField(blank=True, max_length=WORDS)
    confidence = models.CharField(max_length=12, choices=Confidence, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "key"], name="moderatorgrade_is_kept_once"
            )
        ]

    def __str__(self) -> str:
        return self.key


class Decision(models.Model):
    """What was agreed or decided for one judgement; the first grades stand beside it for ever."""

    case = models.ForeignKey(ModerationCase, on_delete=models.PROTECT, related_name="decisions")
    key = models.CharField(max_length=40)
    evaluator_grade = models.CharField(max_length=20, choices=Grade)
    moderator_grades = models.JSONField(default=list)
    final_grade = models.CharField(max_length=20, choices=Grade)
    final_elements = models.BooleanField(default=False)
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason_code = models.CharField(max_length=25, choices=ReasonCode, blank=True)
    reason = models.TextField(blank=True, max_length=WORDS)
    dissent = models.TextField(blank=True, max_length=WORDS)
    dissent_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    by_panel = models.BooleanField(default=False)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "key"], name="decision_is_made_once"),
            models.CheckConstraint(
                condition=Q(outcome="upheld") | (~Q(reason_code="") & ~Q(reason="")),
                name="decision_that_changes_a_grade_says_why",
                violation_error_message="Say why the grade was changed, and choose a reason code.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.final_grade}"
