"""Does the API plan and propose by the pages' rules?"""

from cycles import actions
from evaluations.models import Evaluation


def test_evaluations_are_planned_and_evaluators_proposed(trust, api):
    actions.draw_sample(trust.cycle, by=trust.hub)
    one = f"/api/v1/planning/{trust.cycle.pk}/"

    assert api(trust.manager).post(f"{one}create_from_sample/").status_code == 403
    made = api(trust.hub).post(f"{one}create_from_sample/")
    assert made.status_code == 201
    evaluation = Evaluation.objects.get()
    assert made.data == [{"id": evaluation.pk, "reference": "PE-2627Q3-0001"}]
    assert api(trust.hub).post(f"{one}create_from_sample/").status_code == 409

    assert api(trust.manager).get(f"{one}suggestions/").status_code == 403
    proposed = api(trust.hub).get(f"{one}suggestions/").data
    assert [row["evaluation"] for row in proposed] == [evaluation.pk]
    assert proposed[0]["evaluator"] in {trust.evaluator.pk, trust.other_evaluator.pk}
    assert Evaluation.objects.get().status == "planned"
    assert api(trust.hub).get("/api/v1/planning/99999/suggestions/").status_code == 404
