"""Who are the people, where do they work, and what may each of them be?"""

from __future__ import annotations

from datetime import date

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from accounts.roles import Role


class ServiceArea(models.Model):
    """A part of the Trust with its own head of service: front door, safeguarding, adoption …"""

    name = models.CharField(max_length=80, unique=True)
    head_of_service = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="heads"
    )
    assistant_director = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="directs"
    )

    class Meta:
        ordering = [Lower("name")]

    def __str__(self) -> str:
        return self.name


class Locality(models.Model):
    """A part of the city or county that the Trust serves."""

    name = models.CharField(max_length=80, unique=True)

    class Meta:
        ordering = [Lower("name")]
        verbose_name_plural = "localities"

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A team of practitioners with one manager."""

    name = models.CharField(max_length=80, unique=True)
    service_area = models.ForeignKey(ServiceArea, on_delete=models.PROTECT, related_name="teams")
    locality = models.ForeignKey(
        Locality, null=True, blank=True, on_delete=models.PROTECT, related_name="teams"
    )
    manager = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="manages"
    )

    class Meta:
        ordering = [Lower("name")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields) -> User:
        """Add a person. Without a password they cannot sign in until they set one."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, email):
        return self.get(email=email.strip().lower())


class UserQuerySet(models.QuerySet):
    def holding(self, *roles: str, on: date | None = None):
        """People who hold one of these roles on a day (today by default)."""
        return self.filter(is_active=True).filter(
            pk__in=RoleGrant.objects.in_force(on).filter(role__in=roles).values("user")
        )

    def at_work(self, on: date | None = None):
        """People who are not away on a day (today by default)."""
        on = on or timezone.localdate()
        return self.exclude(Q(away_from__lte=on) & (Q(away_until__gte=on) | Q(away_until=None)))


class User(AbstractBaseUser, PermissionsMixin):
    """A person who works for or with the Trust. Signs in by e-mail."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    job_title = models.CharField(max_length=120, blank=True)
    staff_number = models.CharField(max_length=40, blank=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="members"
    )
    newly_qualified = models.BooleanField("newly qualified (ASYE)", default=False)
    accredited_programme = models.BooleanField(default=False)
    away_from = models.DateField(null=True, blank=True)
    away_until = models.DateField(null=True, blank=True)
    delegate = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="stands_in_for"
    )
    evaluator_trained_on = models.DateField(null=True, blank=True)
    evaluator_refresher_due_on = models.DateField(null=True, blank=True)
    evaluations_at_once = models.PositiveSmallIntegerField(default=4)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_is_unique"),
            models.UniqueConstraint(
                fields=["staff_number"],
                condition=~Q(staff_number=""),
                name="user_staff_number_is_unique",
            ),
            models.CheckConstraint(
                condition=Q(away_until=None) | Q(away_from__lte=F("away_until")),
                name="user_is_away_from_before_until",
                violation_error_message="The last day away cannot be before the first.",
            ),
            models.CheckConstraint(
                condition=Q(delegate=None) | ~Q(delegate=F("id")),
                name="user_is_not_their_own_delegate",
                violation_error_message="Choose somebody else to stand in.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else ""

    def get_absolute_url(self) -> str:
        return reverse("accounts:person", args=[self.pk])

    @property
    def reference(self) -> str:
        return f"person {self.pk}"

    @cached_property
    def role_names(self) -> frozenset[str]:
        """The roles held today, read once for each request."""
        if not self.pk:
            return frozenset()
        return frozenset(self.grants.in_force().values_list("role", flat=True))

    def is_away(self, on: date) -> bool:
        """Whether this person is away on a day."""
        return bool(
            self.away_from
            and self.away_from <= on
            and (self.away_until is None or on <= self.away_until)
        )

    def teams_in_charge(self):
        """Teams this person answers for: as their manager, or as head of their service area."""
        return Team.objects.filter(
            Q(manager=self)
            | Q(service_area__head_of_service=self)
            | Q(service_area__assistant_director=self)
        )


class RoleGrantQuerySet(models.QuerySet):
    def in_force(self, on: date | None = None):
        """Grants that hold on a day (today by default)."""
        on = on or timezone.localdate()
        return self.filter(Q(until=None) | Q(until__gte=on), starts__lte=on)


class RoleGrant(models.Model):
    """A role a person holds, from a day, perhaps until another, perhaps in one service area."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=30, choices=Role)
    service_area = models.ForeignKey(
        ServiceArea, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts = models.DateField("from", default=timezone.localdate)
    until = models.DateField(null=True, blank=True)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    objects = RoleGrantQuerySet.as_manager()

    class Meta:
        ordering = ["role", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(until=None, service_area=None),
                name="rolegrant_is_held_once",
                violation_error_message="This person already holds this role.",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "service_area"],
                condition=Q(until=None),
                name="rolegrant_is_held_once_in_an_area",
                violation_error_message="This person already holds this role there.",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(starts__lte=F("until")),
                name="rolegrant_starts_before_it_ends",
                violation_error_message="The last day cannot be before the first.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"
