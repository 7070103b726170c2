"""Plain makers of records. `make_trust` is the cast that most tests use."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from itertools import count
from types import SimpleNamespace

import yaml
from django.conf import settings
from django.utils import timezone

from accounts.models import Locality, RoleGrant, ServiceArea, Team, User
from accounts.roles import Role
from cycles.identifiers import lookup_hash, normalise
from cycles.models import ChildRecord, Cycle
from evaluations.models import Evaluation, Instrument

_number = count(1)


def make_user(name: str, *roles: str, **fields) -> User:
    """A person who holds these roles. Without a password: tests sign in by session."""
    email = fields.pop("email", f"{name.lower().replace(' ', '.')}.{next(_number)}@trust.example")
    user = User.objects.create(email=email, name=name, password="!", **fields)
    RoleGrant.objects.bulk_create(
        RoleGrant(user=user, role=role, starts=date(2020, 1, 1)) for role in roles
    )
    return user


def make_child(team=None, practitioner=None, **fields) -> ChildRecord:
    """An open child's record with an identifier of its own."""
    identifier = fields.pop("identifier", f"EC{next(_number):06}")
    fields.setdefault("plan_type", "child_protection")
    fields.setdefault("birth_month", date(2015, 3, 1))
    fields.setdefault("gender", "girl")
    fields.setdefault("opened_on", timezone.localdate() - timedelta(days=365))
    return ChildRecord.objects.create(
        identifier=normalise(identifier),
        identifier_hash=lookup_hash(identifier),
        team=team,
        practitioner=practitioner,
        **fields,
    )


@cache
def _instrument() -> str:
    """The form as JSON: reading YAML takes longer than most tests."""
    return json.dumps(yaml.safe_load(settings.INSTRUMENT_FILE.read_text(encoding="utf-8")))


def make_instrument() -> Instrument:
    """The instrument that a new installation publishes."""
    content = json.loads(_instrument())
    return Instrument.objects.get_or_create(
        key=content["key"],
        version=content["version"],
        defaults={
            "title": content["title"],
            "content": content,
            "published_at": timezone.now(),
        },
    )[0]


def make_cycle(**fields) -> Cycle:
    """An open cycle around today."""
    today = timezone.localdate()
    fields.setdefault("label", "2026-27 Q3")
    fields.setdefault("starts_on", today - timedelta(days=30))
    fields.setdefault("ends_on", today + timedelta(days=60))
    fields.setdefault("status", "open")
    if "instrument" not in fields:
        fields["instrument"] = make_instrument()
    return Cycle.objects.create(**fields)


def make_evaluation(cycle=None, child=None, **fields) -> Evaluation:
    """An evaluation of the given child, as it is planned; real actions bring it further."""
    cycle = cycle or Cycle.objects.first() or make_cycle()
    fields.setdefault("reference", f"PE-{cycle.code}-{next(_number):04}")
    fields.setdefault("practitioner", child.practitioner)
    fields.setdefault("team", child.team)
    return Evaluation.objects.create(
        cycle=cycle,
        instrument=cycle.instrument,
        child=child,
        plan_type=child.plan_type,
        service_area=fields["team"].service_area,
        **fields,
    )


def make_trust() -> SimpleNamespace:
    """Two service areas, three teams, one of everybody, an open cycle and one child."""
    head = make_user("Helen Head", Role.MANAGER)
    director = make_user("Asif Director", Role.MANAGER)
    safeguarding = ServiceArea.objects.create(
        name="Safeguarding", head_of_service=head, assistant_director=director
    )
    other_head = make_user("Olu Head", Role.MANAGER)
    care = ServiceArea.objects.create(name="Children in care", head_of_service=other_head)
    east = Locality.objects.create(name="East")
    manager = make_user("Carl Hughes", Role.MANAGER)
    other_manager = make_user("Denise Clarke", Role.MANAGER)
    team = Team.objects.create(
        name="Safeguarding East 1", service_area=safeguarding, locality=east, manager=manager
    )
    sister_team = Team.objects.create(
        name="Safeguarding East 2", service_area=safeguarding, locality=east, manager=other_manager
    )
    other_team = Team.objects.create(
        name="Children in care 1", service_area=care, locality=east, manager=other_manager
    )
    trained = {
        "evaluator_trained_on": date(2024, 1, 10),
        "evaluator_refresher_due_on": date(2035, 1, 10),
    }
    practitioner = make_user("Jo Bennett", Role.PRACTITIONER, team=team)
    other_practitioner = make_user("Kim Doyle", Role.PRACTITIONER, team=other_team)
    people = SimpleNamespace(
        head=head,
        director=director,
        other_head=other_head,
        manager=manager,
        other_manager=other_manager,
        practitioner=practitioner,
        other_practitioner=other_practitioner,
        evaluator=make_user("Ruth Adeleke", Role.EVALUATOR, team=other_team, **trained),
        other_evaluator=make_user("Farah Siddiqui", Role.EVALUATOR, team=other_team, **trained),
        moderator=make_user("Liam Foster", Role.MODERATOR),
        moderator2=make_user("Tom Kearney", Role.MODERATOR, team=other_team),
        chair=make_user("Helen Marsh", Role.MODERATOR),
        hub=make_user("Sunita Bhatt", Role.HUB_OFFICER),
        hub2=make_user("Idris Hart", Role.HUB_OFFICER),
        hub_lead=make_user("Grace Lead", Role.HUB_LEAD),
        leader=make_user("Lena Leader", Role.SENIOR_LEADER),
        governance=make_user("Ian Govern", Role.INFORMATION_GOVERNANCE),
        administrator=make_user("Ada Admin", Role.SYSTEM_ADMINISTRATOR),
        outsider=make_user("Otto Outsider"),
        safeguarding=safeguarding,
        care=care,
        locality=east,
        team=team,
        sister_team=sister_team,
        other_team=other_team,
    )
    people.cycle = make_cycle()
    people.child = make_child(team=team, practitioner=practitioner)
    return people
