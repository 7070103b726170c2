"""Does the ground that everything stands on hold?"""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from audit_trail.models import TrailEntry
from evaluations.models import Evaluation
from tests.factories import make_evaluation
from workflow import access


def test_every_cell_of_the_table_of_permissions_can_be_read():
    assert {role for row in access.matrix().values() for role in row} <= set(
        access.COLUMNS.values()
    )
    assert access.matrix()["eval_grade.view"]["moderator"] == access.Cell(
        "pan", "MNGSC", frozenset(), "M"
    )


@pytest.mark.django_db
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_the_trail(change, trust):
    TrailEntry.objects.record("view", trust.child, by=trust.hub)

    with pytest.raises(DatabaseError), transaction.atomic():
        if change == "update":
            TrailEntry.objects.update(action="nothing")
        else:
            TrailEntry.objects.all()._raw_delete("default")

    assert TrailEntry.objects.get().action == "view"


def test_who_may_know_of_an_evaluation_that_is_planned(trust):
    evaluation = make_evaluation(trust.cycle, trust.child)
    see = {
        name
        for name, person in vars(trust).items()
        if hasattr(person, "role_names")
        and Evaluation.objects.visible_to(person).filter(pk=evaluation.pk).exists()
    }

    assert see == {"practitioner", "manager", "head", "director", "hub", "hub2", "hub_lead"}


def test_permitted_actions_asks_the_database_once(trust, django_assert_num_queries):
    evaluation = make_evaluation(trust.cycle, trust.child)
    assert trust.hub.role_names == {"hub_officer"}

    with django_assert_num_queries(1):
        allowed = access.permitted_actions(
            trust.hub, evaluation, ["allocation.assign_evaluator", "evaluation.submit"]
        )

    assert allowed == {"allocation.assign_evaluator"}
    assert connection.vendor in {"sqlite", "postgresql"}
