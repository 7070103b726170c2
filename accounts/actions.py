"""What can be done about people, roles, leave and teams?"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import RoleGrant, Team, User
from accounts.roles import PRIVILEGED, Role
from audit_trail.models import TrailEntry
from workflow import access
from workflow.exceptions import Conflict, NotPermitted
from workflow.machine import locked


def directory(user):
    """The people whose details this person may see: their team, or everybody."""
    scopes = {cell.scope for cell in access.cells_for(user, "user.directory").values()}
    if scopes & {"all", "cfg"}:
        return User.objects.all()
    if "team" in scopes:
        return User.objects.filter(Q(team__in=user.teams_in_charge().values("pk")) | Q(pk=user.pk))
    return User.objects.filter(pk=user.pk)


@transaction.atomic
def add_person(*, by, email: str, name: str, **fields) -> User:
    """Add a person, without a password: they set one from the link on the sign-in page.

    Refuses (NotPermitted) all but administrators, and the Hub for practitioners met in an import.
    """
    if not access.may(by, "user.create_disable"):
        access.check(by, "import.apply")
    user = User.objects.create_user(email=email, name=name, **fields)
    TrailEntry.objects.record("add_person", user, by=by, children=[])
    return user


@transaction.atomic
def change_person(user: User, *, by, **fields) -> User:
    """Change a person's details. Nobody disables their own account."""
    access.check(by, "user.create_disable")
    if user.pk == by.pk and fields.get("is_active") is False:
        raise NotPermitted("You cannot disable your own account.")
    user = locked(user)
    changed = [name for name, value in fields.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, fields[name])
    user.full_clean(exclude=["password"])
    user.save()
    TrailEntry.objects.record("change_person", user, by=by, detail={"fields": changed})
    return user


@transaction.atomic
def grant_role(
    user: User,
    *,
    by,
    role: str,
    starts: date | None = None,
    until: date | None = None,
    service_area=None,
) -> RoleGrant:
    """Give a person a role from a day: never oneself, and privileged ones only with the right."""
    if user.pk == by.pk:
        raise NotPermitted("You cannot change your own roles.")
    access.check(
        by,
        "user.assign_privileged_role" if role in PRIVILEGED else "user.assign_ordinary_role",
    )
    grant = RoleGrant(
        user=user,
        role=role,
        starts=starts or timezone.localdate(),
        until=until,
        service_area=service_area,
        granted_by=by,
    )
    grant.full_clean()
    grant.save()
    TrailEntry.objects.record("grant_role", user, by=by, after=role)
    return grant


@transaction.atomic
def end_role(grant: RoleGrant, *, by) -> RoleGrant:
    """End a role today. It stays on record that it was held."""
    if grant.user_id == by.pk:
        raise NotPermitted("You cannot change your own roles.")
    access.check(
        by,
        "user.assign_privileged_role" if grant.role in PRIVILEGED else "user.assign_ordinary_role",
    )
    grant = locked(grant)
    today = timezone.localdate()
    if grant.until and grant.until < today:
        raise Conflict("This role has ended already.")
    if grant.starts >= today:
        grant.delete()
    else:
        grant.until = today - timedelta(days=1)
        grant.save(update_fields=["until"])
    TrailEntry.objects.record("end_role", grant.user, by=by, before=grant.role)
    return grant


@transaction.atomic
def make_practitioner(user: User, *, by) -> None:
    """Let a person matched to a child's record be a practitioner. Safe to repeat."""
    access.check(by, "import.apply")
    if not user.grants.in_force().filter(role=Role.PRACTITIONER).exists():
        RoleGrant.objects.create(user=user, role=Role.PRACTITIONER, granted_by=by)
        TrailEntry.objects.record("grant_role", user, by=by, after=Role.PRACTITIONER)


@transaction.atomic
def set_away(
    user: User,
    *,
    by,
    away_from: date | None,
    away_until: date | None,
    delegate: User | None = None,
) -> User:
    """Say when a person is away and who stands in. One's own, or anybody's for the Hub."""
    if user.pk != by.pk and not {"hub_officer", "hub_lead", "system_administrator"} & by.role_names:
        raise NotPermitted("You can only change your own leave.")
    access.check(by, "user.set_away")
    user = locked(user)
    user.away_from, user.away_until, user.delegate = away_from, away_until, delegate
    user.full_clean(exclude=["password"])
    user.save(update_fields=["away_from", "away_until", "delegate"])
    TrailEntry.objects.record("set_away", user, by=by)
    return user


@transaction.atomic
def add_team(*, by, name: str, service_area, locality=None, manager=None) -> Team:
    """Add a team."""
    access.check(by, "team.edit")
    team = Team(name=name, service_area=service_area, locality=locality, manager=manager)
    team.full_clean()
    team.save()
    TrailEntry.objects.record("add_team", team, by=by)
    return team
