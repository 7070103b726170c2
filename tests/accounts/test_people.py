"""Who may change people and roles, and how is the staff list read?"""

import io
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import actions, staff_file
from accounts.models import Team, User
from audit_trail.models import TrailEntry
from tests.factories import make_user
from workflow.exceptions import Conflict, NotPermitted

pytestmark = pytest.mark.django_db

STAFF = b"""Email,Name,Job Title,Team,Service Area,Locality,Manager Email,Roles
amina.yusuf@trust.example,Amina Yusuf,Social worker,Adoption 1,Adoption,West,\
dee.ellis@trust.example,practitioner
dee.ellis@trust.example,Dee Ellis,Team manager,Adoption 1,Adoption,West,,manager; practitioner
"""


def test_a_staff_list_adds_people_teams_and_roles_and_again_changes_nothing(trust):
    first = staff_file.apply(staff_file.read(io.BytesIO(STAFF)), by=trust.administrator)
    again = staff_file.apply(staff_file.read(io.BytesIO(STAFF)), by=trust.administrator)

    amina = User.objects.get(email="amina.yusuf@trust.example")
    assert first == {"added": 2, "changed": 0, "unchanged": 0}
    assert again == {"added": 0, "changed": 0, "unchanged": 2}
    assert amina.role_names == {"practitioner"}
    assert amina.team.manager.name == "Dee Ellis"
    assert amina.team.service_area.name == "Adoption"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", (0, "file", "The file is empty.")),
        (b"PK\x03\x04xx", (0, "file", "This is not a CSV file. Save the list as CSV first.")),
        (b"email,name\n\0,x", (0, "file", "This is not a CSV file. Save the list as CSV first.")),
        (b"name\nJo", (1, "email", "The column “email” is missing.")),
        (
            b"email,name\nnot-mail,Jo",
            (2, "email", "Enter an e-mail address, such as jo.bennett@trust.example."),
        ),
        (b"email,name\na@b.example,", (2, "name", "Enter the person’s name.")),
        (
            b"email,name,roles\na@b.example,Jo,hub lead",
            (2, "roles", "“hub lead” is not a role we know."),
        ),
        (
            b"email,name,roles\na@b.example,Jo,hub_lead",
            (2, "roles", "“hub_lead” cannot be given by a file. Give it on the person’s page."),
        ),
    ],
)
def test_each_problem_of_a_staff_list_is_a_sentence(trust, content, problem):
    assert staff_file.read(io.BytesIO(content)).problems == [problem]


def test_a_staff_list_with_a_problem_stores_nothing(trust):
    before = User.objects.count()
    broken = STAFF + b"broken,,,,,,,\n"

    with pytest.raises(Conflict):
        staff_file.apply(staff_file.read(io.BytesIO(broken)), by=trust.administrator)

    assert (User.objects.count(), Team.objects.filter(name="Adoption 1").count()) == (before, 0)


@pytest.mark.parametrize(
    ("giver", "role", "allowed"),
    [
        ("administrator", "evaluator", True),
        ("administrator", "hub_lead", True),
        ("governance", "hub_lead", True),
        ("governance", "evaluator", False),
        ("hub_lead", "evaluator", False),
        ("hub", "evaluator", False),
        ("manager", "practitioner", False),
    ],
)
def test_who_may_give_a_role(trust, giver, role, allowed):
    person = make_user("New Person")

    if allowed:
        actions.grant_role(person, by=getattr(trust, giver), role=role)
        assert list(person.grants.values_list("role", flat=True)) == [role]
        assert TrailEntry.objects.filter(action="grant_role").count() == 1
    else:
        with pytest.raises(NotPermitted):
            actions.grant_role(person, by=getattr(trust, giver), role=role)
        assert person.grants.count() == TrailEntry.objects.count() == 0


def test_nobody_changes_their_own_roles(trust):
    with pytest.raises(NotPermitted):
        actions.grant_role(trust.administrator, by=trust.administrator, role="evaluator")


def test_a_role_holds_only_between_its_dates(trust):
    today = timezone.localdate()
    person = make_user("Later On")
    actions.grant_role(
        person, by=trust.administrator, role="evaluator", starts=today + timedelta(days=1)
    )

    assert User.objects.get(pk=person.pk).role_names == frozenset()
    assert list(User.objects.holding("evaluator", on=today + timedelta(days=1)))[-1:] != []


def test_leave_is_ones_own_or_the_hubs_to_set(trust):
    today = timezone.localdate()
    actions.set_away(
        trust.evaluator, by=trust.evaluator, away_from=today, away_until=today, delegate=None
    )

    with pytest.raises(NotPermitted):
        actions.set_away(trust.evaluator, by=trust.manager, away_from=None, away_until=None)
    assert User.objects.get(pk=trust.evaluator.pk).is_away(today)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_people_takes_the_same_queries_however_long(
    trust, browse, rows, django_assert_num_queries
):
    for number in range(rows):
        make_user(f"Zoe {number}", "practitioner", team=trust.team)
    client = browse(trust.administrator)
    client.get("/people/?text=Zoe")

    with django_assert_num_queries(13):
        page = client.get("/people/?text=Zoe")

    assert len(page.context["page_obj"].object_list) == rows


def test_somebody_outside_the_directory_is_not_found(trust, browse):
    assert browse(trust.practitioner).get(f"/people/{trust.hub.pk}/").status_code == 404
    assert browse(trust.practitioner).get("/people/999999/").status_code == 404
    assert browse(trust.practitioner).get(f"/people/{trust.practitioner.pk}/").status_code == 200


def test_bad_dates_of_leave_get_a_sentence_and_keep_what_was_typed(trust, browse):
    page = browse(trust.hub).post(
        f"/people/{trust.evaluator.pk}/away/",
        {"away_from": "2026-13-45", "away_until": "2026-01-01", "delegate": ""},
    )

    assert page.status_code == 200
    assert 'value="2026-13-45"' in page.content.decode()
    assert page.context["form"].errors["away_from"] == ["Enter a valid date."]
