"""What should change for a child, who owns it, and did a second look find that it did?"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from evaluations.enums import Grade
from recommendations.enums import (
    Difference,
    Level,
    Priority,
    RevisitKind,
    RevisitStatus,
    Status,
    Theme,
)
from recommendations.querysets import RecommendationQuerySet, RevisitQuerySet

User = settings.AUTH_USER_MODEL
WORDS = 4000


class Recommendation(models.Model):
    """One entry on the central record; stays until a revisit shows that the loop is closed."""

    reference = models.CharField(max_length=30, unique=True)  # PE-2627Q3-0042-R2
    evaluation = models.ForeignKey(
        "evaluations.Evaluation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="recommendations",
    )
    cycle = models.ForeignKey(
        "cycles.Cycle", on_delete=models.PROTECT, related_name="recommendations"
    )
    service_area = models.ForeignKey(
        "accounts.ServiceArea",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="recommendations",
    )
    team = models.ForeignKey(
        "accounts.Team",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="recommendations",
    )
    level = models.CharField(max_length=10, choices=Level, default=Level.CHILD)
    pillar = models.CharField(max_length=40, blank=True)
    theme = models.CharField(max_length=20, choices=Theme)
    problem = models.TextField(max_length=WORDS)
    action = models.CharField(max_length=300)  # what should happen; the title everywhere
    difference = models.TextField("difference wanted for the child", max_length=WORDS)
    evidence_wanted = models.TextField(blank=True, max_length=WORDS)
    priority = models.CharField(max_length=10, choices=Priority)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="recommendations")
    accountable_manager = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="recommendations_to_check"
    )
    agreed_with = models.CharField(max_length=200, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    due_on = models.DateField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # critical ones are due to the hour
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    agreed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    check_by = models.DateField(null=True)
    checked_at = models.DateTimeField(null=True)
    checked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closing_finding = models.OneToOneField(
        "recommendations.Finding", null=True, on_delete=models.PROTECT, related_name="closes"
    )
    superseded_by = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="supersedes"
    )
    times_reopened = models.PositiveSmallIntegerField(default=0)
    times_extended = models.PositiveSmallIntegerField(default=0)

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [
            models.Index(fields=["status", "due_on"]),
            models.Index(fields=["owner", "status", "due_on"]),
            models.Index(fields=["service_area", "status", "due_on"]),
            models.Index(fields=["cycle", "status"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="loop_closed")
                | Q(closing_finding__isnull=False, closed_at__isnull=False),
                name="recommendation_is_closed_only_by_a_finding",
                violation_error_message="Only a revisit finding can close the loop.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["checked", "loop_closed"])
                | (Q(checked_by__isnull=False) & ~Q(checked_by=models.F("owner"))),
                name="recommendation_is_checked_by_somebody_else",
                violation_error_message="The owner cannot check their own work.",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | Q(due_on__isnull=False),
                name="recommendation_live_has_a_due_date",
            ),
            models.CheckConstraint(
                condition=Q(status="draft") | ~Q(difference=""),
                name="recommendation_says_the_difference_wanted",
                violation_error_message="Say what should be different for the child.",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("recommendations:detail", args=[self.pk])

    @property
    def trail_child_reference(self) -> str:
        return self.evaluation.child.reference if self.evaluation else ""


class Update(models.Model):
    """One immutable line of a recommendation's history."""

    recommendation = models.ForeignKey(
        Recommendation, on_delete=models.PROTECT, related_name="updates"
    )
    what = models.CharField(max_length=40)  # the verb of the step
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12, blank=True)
    note = models.TextField(blank=True, max_length=WORDS)
    evidence = models.CharField(max_length=300, blank=True)  # where to see it in the record
    old_due_on = models.DateField(null=True)
    new_due_on = models.DateField(null=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(after="done") | ~Q(evidence=""),
                name="update_done_points_at_evidence",
                violation_error_message="Say where in the record it can be seen.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.recommendation}"

    def save(self, *args, **kwargs) -> None:
        if self.pk is not None and not self._state.adding:
            raise TypeError("A line of the history never changes.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError("A line of the history is never removed.")


class RevisitDraw(models.Model):
    """The seeded draw of one cycle's revisits: the same seed and frame give the same cohort."""

    cycle = models.OneToOneField(
        "cycles.Cycle", on_delete=models.PROTECT, related_name="revisit_draw"
    )
    seed = models.CharField(max_length=40)
    frame_digest = models.CharField(max_length=64)
    drawn_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Revisits of {self.cycle}"

    def get_absolute_url(self) -> str:
        return reverse("revisits:list")

    @property
    def reference(self) -> str:
        return f"revisits {self.cycle.label}"


class Revisit(models.Model):
    """A second look, a cycle later, at an evaluation or at a system-level recommendation."""

    evaluation = models.ForeignKey(
        "evaluations.Evaluation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="revisits",
    )
    recommendation = models.ForeignKey(
        Recommendation,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="impact_reviews",
    )
    cycle = models.ForeignKey("cycles.Cycle", on_delete=models.PROTECT, related_name="revisits")
    kind = models.CharField(max_length=15, choices=RevisitKind)
    status = models.CharField(max_length=12, choices=RevisitStatus, default=RevisitStatus.DUE)
    why = models.CharField(max_length=60, blank=True)  # why a full one: the rule that chose it
    reviewer = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="revisits"
    )
    due_on = models.DateField()
    drawn_at = models.DateTimeField(default=timezone.now)
    allocated_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=0)

    objects = RevisitQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["status", "due_on"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(evaluation__isnull=False, recommendation=None)
                | Q(evaluation=None, recommendation__isnull=False),
                name="revisit_is_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(status="due") | Q(reviewer__isnull=False),
                name="revisit_has_a_reviewer_once_allocated",
            ),
            models.CheckConstraint(
                condition=~Q(status="completed") | Q(completed_at__isnull=False),
                name="revisit_completed_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.evaluation or self.recommendation}"

    def get_absolute_url(self) -> str:
        return reverse("revisits:detail", args=[self.pk])

    @property
    def reference(self) -> str:
        record = self.evaluation or self.recommendation
        return record.reference if record else ""

    def live_recommendations(self) -> RecommendationQuerySet:
        """What this revisit looks at: the open actions of its evaluation, or its one action."""
        if self.evaluation_id:
            return Recommendation.objects.open().filter(evaluation=self.evaluation_id)
        return Recommendation.objects.open().filter(pk=self.recommendation_id)

    def pillars(self) -> list[tuple[str, str]]:
        """Key and title of each pillar that a full revisit grades again."""
        if self.kind != RevisitKind.FULL or self.evaluation is None:
            return []
        pillars = self.evaluation.instrument.content["pillars"]
        return [(pillar["key"], pillar["title"]) for pillar in pillars]

    @property
    def trail_child_reference(self) -> str:
        return self.evaluation.child.reference if self.evaluation else ""


class Finding(models.Model):
    """What a revisit found about one recommendation."""

    revisit = models.ForeignKey(Revisit, on_delete=models.PROTECT, related_name="findings")
    recommendation = models.ForeignKey(
        Recommendation, on_delete=models.PROTECT, related_name="findings"
    )
    done = models.BooleanField()
    on_record = models.BooleanField()
    difference = models.CharField(max_length=15, choices=Difference)
    note = models.TextField(max_length=WORDS)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["revisit", "recommendation"],
                name="finding_is_made_once",
                violation_error_message="This recommendation already has a finding.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_difference_display()}: {self.recommendation}"


class Regrade(models.Model):
    """A pillar graded again in a full revisit."""

    revisit = models.ForeignKey(Revisit, on_delete=models.PROTECT, related_name="regrades")
    key = models.CharField(max_length=40)
    grade = models.CharField(max_length=20, choices=Grade)
    reason = models.TextField(max_length=WORDS)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["revisit", "key"], name="regrade_is_kept_once")
        ]

    def __str__(self) -> str:
        return self.key
