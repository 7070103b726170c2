"""What is one practice evaluation made of?"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from cycles.enums import EliminationReason, PlanType
from evaluations.enums import (
    AlertStatus,
    Clarity,
    ConflictKind,
    FeedbackHow,
    FeedbackOutcome,
    FindingWord,
    Grade,
    OnRecord,
    SeesItTheSame,
    Status,
    Voice,
)
from evaluations.querysets import EvaluationPartQuerySet, EvaluationQuerySet, SafetyAlertQuerySet

User = settings.AUTH_USER_MODEL
WORDS = 8000  # the longest text in one box


class Instrument(models.Model):
    """One version of the form. Once published it never changes (a trigger sees to it)."""

    key = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    content = models.JSONField()
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["key", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="instrument_version_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"

    @property
    def reference(self) -> str:
        return f"{self.key} v{self.version}"


class Evaluation(models.Model):
    """A practice evaluation: one child's record, looked at together, judged on four pillars."""

    reference = models.CharField(max_length=20, unique=True)  # PE-2627Q3-0042
    cycle = models.ForeignKey("cycles.Cycle", on_delete=models.PROTECT, related_name="evaluations")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    entry = models.OneToOneField(
        "cycles.SampleEntry", null=True, on_delete=models.PROTECT, related_name="evaluation"
    )
    is_training = models.BooleanField(default=False)
    # As they were on the day it was planned.
    child = models.ForeignKey(
        "cycles.ChildRecord", on_delete=models.PROTECT, related_name="evaluations"
    )
    plan_type = models.CharField(max_length=20, choices=PlanType)
    practitioner = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="evaluations_of_my_work"
    )
    team = models.ForeignKey("accounts.Team", on_delete=models.PROTECT, related_name="evaluations")
    service_area = models.ForeignKey(
        "accounts.ServiceArea", on_delete=models.PROTECT, related_name="evaluations"
    )
    evaluator = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="evaluations"
    )
    status = models.CharField(max_length=15, choices=Status, default=Status.PLANNED)
    # Dates and the people who made them.
    planned_at = models.DateTimeField(default=timezone.now)
    allocated_at = models.DateTimeField(null=True)
    accept_by = models.DateField(null=True)
    conversation_by = models.DateField(null=True)
    submit_by = models.DateField(null=True)
    accepted_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    conversation_on = models.DateField(null=True, blank=True)
    reflection_invited_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    returned_at = models.DateTimeField(null=True)
    returned_reason = models.TextField(blank=True, max_length=2000)
    revealed_at = models.DateTimeField(null=True)
    finalised_at = models.DateTimeField(null=True)
    share_by = models.DateField(null=True)
    third_party_checked_at = models.DateTimeField(null=True)
    third_party_checked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+"
    )
    third_party_note = models.TextField(blank=True, max_length=2000)
    shared_at = models.DateTimeField(null=True)
    shared_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    eliminated_at = models.DateTimeField(null=True)
    eliminated_reason = models.CharField(max_length=20, choices=EliminationReason, blank=True)
    # Written by the evaluator.
    glance = models.JSONField(default=dict, blank=True)  # child and family at a glance, by key
    strengths = models.JSONField(default=list, blank=True)
    message = models.TextField(blank=True, max_length=WORDS)
    last_section = models.CharField(max_length=40, blank=True)  # where the evaluator left off

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        ordering = ["reference"]
        indexes = [
            models.Index(fields=["cycle", "status"]),
            models.Index(fields=["evaluator", "status", "submit_by"]),
            models.Index(fields=["practitioner", "status"]),
            models.Index(fields=["service_area", "cycle", "status"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["planned", "eliminated"]) | Q(evaluator__isnull=False),
                name="evaluation_has_an_evaluator_once_allocated",
                violation_error_message="Choose an evaluator first.",
            ),
            models.CheckConstraint(
                condition=~Q(evaluator=models.F("practitioner")),
                name="evaluation_is_not_of_ones_own_work",
                violation_error_message="Nobody can evaluate their own work.",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["submitted", "in_moderation", "finalised", "shared"])
                | Q(submitted_at__isnull=False, submitted_by__isnull=False),
                name="evaluation_submitted_has_time_and_person",
            ),
            models.CheckConstraint(
                condition=~Q(status="shared")
                | (
                    Q(shared_at__isnull=False, shared_by__isnull=False)
                    & ~Q(shared_by=models.F("evaluator"))
                    & ~Q(shared_by=models.F("third_party_checked_by"))
                ),
                name="evaluation_is_released_by_two_people",
                violation_error_message="One person checks, another releases; never the evaluator.",
            ),
            models.CheckConstraint(
                condition=~Q(status="eliminated") | ~Q(eliminated_reason=""),
                name="evaluation_eliminated_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("evaluations:detail", args=[self.pk])

    @property
    def trail_child_reference(self) -> str:
        return self.child.reference


class Section(models.Model):
    """The version of one page of the form: a save that builds on an older one is refused."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="sections")
    key = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "key"], name="section_is_kept_once")
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


class Answer(models.Model):
    """One question: what the worker said, what both saw in the record, and what it comes to."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="answers")
    pillar = models.CharField(max_length=40)
    question = models.CharField(max_length=40)
    tell = models.TextField(blank=True, max_length=WORDS)
    show = models.TextField(blank=True, max_length=WORDS)
    not_found = models.BooleanField(default=False)  # “We did not find this”
    finding = models.CharField(max_length=15, choices=FindingWord, blank=True)
    on_record = models.CharField(max_length=10, choices=OnRecord, blank=True)

    objects = EvaluationPartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "pillar", "question"], name="answer_is_kept_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pillar}.{self.question}"


class Evidence(models.Model):
    """A pointer into the child's record, never a copy: what, when, where, how clear."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="evidence")
    pillar = models.CharField(max_length=40)
    question = models.CharField(max_length=40)
    what = models.CharField(max_length=200)
    dated = models.DateField(null=True, blank=True)
    where = models.CharField(max_length=200, blank=True)
    clarity = models.CharField(max_length=10, choices=Clarity, default=Clarity.CLEAR)

    objects = EvaluationPartQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return self.what


class Judgement(models.Model):
    """A pillar, or one of the judgements after them: the evaluator's, and the final one."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="judgements")
    key = models.CharField(max_length=40)
    grade = models.CharField(max_length=20, choices=Grade, blank=True)
    extent = models.CharField(max_length=10, blank=True)  # for the two that are not grades
    elements_of_outstanding = models.BooleanField(default=False)
    reason = models.TextField(blank=True, max_length=WORDS)
    sees_it_the_same = models.CharField(max_length=10, choices=SeesItTheSame, blank=True)
    would_add = models.TextField(blank=True, max_length=WORDS)
    final_grade = models.CharField(max_length=20, choices=Grade, blank=True)
    final_elements = models.BooleanField(default=False)
    final_reason = models.TextField(blank=True, max_length=WORDS)

    objects = EvaluationPartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "key"], name="judgement_is_kept_once"),
            models.CheckConstraint(
                condition=Q(elements_of_outstanding=False) | Q(grade="good"),
                name="judgement_elements_go_with_good",
                violation_error_message=(
                    "“Elements of Outstanding” goes with Good. Choose Good, or untick it."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Feedback(models.Model):
    """One attempt to hear a child, a parent or carer, or a partner."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="feedback")
    voice = models.CharField(max_length=10, choices=Voice)
    who = models.CharField(max_length=80, blank=True)  # “Mum”, “School”: never a name
    attempted_on = models.DateField(null=True, blank=True)  # a draft may not have it yet
    outcome = models.CharField(max_length=20, choices=FeedbackOutcome, blank=True)
    outcome_reason = models.CharField(max_length=500, blank=True)
    how = models.CharField(max_length=12, choices=FeedbackHow, blank=True)
    may_quote = models.BooleanField(default=False)
    statements = models.JSONField(default=dict, blank=True)
    helped_most = models.TextField(blank=True, max_length=WORDS)
    do_better = models.TextField(blank=True, max_length=WORDS)

    objects = EvaluationPartQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "feedback"

    def __str__(self) -> str:
        return self.get_voice_display()


class Reflection(models.Model):
    """The practitioner's own words: before, after, and their reply. Nobody else edits it."""

    evaluation = models.OneToOneField(
        Evaluation, on_delete=models.CASCADE, related_name="reflection"
    )
    prepare = models.TextField(blank=True, max_length=WORDS)
    answers = models.JSONField(default=dict, blank=True)  # proud, differently, in_the_way, support
    agrees = models.CharField(max_length=10, choices=SeesItTheSame, blank=True)
    version = models.PositiveIntegerField(default=0)
    prepared_at = models.DateTimeField(null=True)
    replied_at = models.DateTimeField(null=True)

    objects = EvaluationPartQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Reflection on {self.evaluation}"


class Reply(models.Model):
    """The practitioner's right of reply to a shared evaluation. It never changes it."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="replies")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    words = models.TextField(max_length=WORDS)
    sees_it_differently = models.BooleanField(default=False)

    objects = EvaluationPartQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "replies"

    def __str__(self) -> str:
        return f"Reply to {self.evaluation}"


class SafetyAlert(models.Model):
    """Somebody on the case is worried about the child's safety now. Carries no grade."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="alerts")
    status = models.CharField(max_length=16, choices=AlertStatus, default=AlertStatus.RAISED)
    worry = models.TextField(max_length=WORDS)
    not_safe_now = models.BooleanField(default=True)
    whom_phoned = models.CharField(max_length=200)
    phoned_at = models.DateTimeField()
    raised_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    raised_at = models.DateTimeField(default=timezone.now)
    acknowledged_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    action = models.TextField(blank=True, max_length=WORDS)
    action_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    action_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    objects = SafetyAlertQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"Safety alert on {self.evaluation}"

    def get_absolute_url(self) -> str:
        return reverse("evaluations:alert", args=[self.pk])

    @property
    def reference(self) -> str:
        return self.evaluation.reference

    @property
    def trail_child_reference(self) -> str:
        return self.evaluation.child.reference


class SupervisionDiscussion(models.Model):
    """The evaluation was talked about in supervision: when, by whom, a note."""

    evaluation = models.ForeignKey(
        Evaluation, on_delete=models.PROTECT, related_name="supervision_discussions"
    )
    tabled_on = models.DateField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True, max_length=WORDS)

    objects = EvaluationPartQuerySet.as_manager()

    class Meta:
        ordering = ["-tabled_on", "-pk"]

    def __str__(self) -> str:
        return f"Supervision, {self.tabled_on}"


class DeclaredConflict(models.Model):
    """A reason why this person should not evaluate or moderate this case."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="conflicts")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=ConflictKind)
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)
    overridden_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    overridden_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.get_kind_display()


class Extension(models.Model):
    """A later date for an evaluation; the old one is kept."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="extensions")
    old_date = models.DateField()
    new_date = models.DateField()
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.old_date} to {self.new_date}"
