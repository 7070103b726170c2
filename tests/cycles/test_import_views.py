import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Team, User
from audit_trail.models import TrailEntry
from cycles import importing
from cycles.import_staging import TEAM, WORKER
from cycles.models import ChildRecord, Import
from tests.cycles.test_importing import child, extract, held, upload
from tests.factories import make_child

HUB = ["hub", "hub_lead"]
OTHERS = [
    "practitioner",
    "manager",
    "evaluator",
    "moderator",
    "leader",
    "governance",
    "administrator",
    "outsider",
]


def page(name, *args):
    return reverse(f"cycles:{name}", args=args)


def sent(name="children.csv", *rows):
    file = extract(*rows)
    file.name = name
    return {"file": file}


def text(response):
    return " ".join(response.content.decode().split()).replace("> <", "><")


@pytest.mark.parametrize("person", HUB)
def test_an_extract_goes_from_upload_to_records(trust, browse, person):
    hub = browse(getattr(trust, person))
    response = hub.post(page("import_upload"), sent("june.csv", child()))
    import_ = Import.objects.get()
    assert (response.status_code, response.url) == (302, page("import_detail", import_.pk))

    preview = text(hub.get(response.url))
    assert "Nothing has been stored yet." in preview
    assert "<dt>New</dt><dd><b>1</b></dd>" in preview
    assert "00123" not in preview

    confirm = hub.get(page("import_apply", import_.pk))
    answer = {"seen": confirm.context["digest"]}
    response = hub.post(page("import_apply", import_.pk), answer, follow=True)
    assert "The children’s records are up to date." in text(response)
    assert "The rows of the file are wiped, these counts stay." in text(response)
    assert held().practitioner == trust.practitioner

    # Pressed twice: the second time finds it done.
    response = hub.post(page("import_apply", import_.pk), answer)
    assert (response.status_code, response.url) == (302, page("import_detail", import_.pk))
    assert ChildRecord.objects.count() == 2


@pytest.mark.parametrize("person", OTHERS)
def test_nobody_else_reaches_imports(trust, browse, person):
    import_ = upload(trust.hub, child())
    client = browse(getattr(trust, person))
    assert client.get(page("imports")).status_code == 403
    assert client.post(page("import_upload"), sent("x.csv", child())).status_code == 403
    for name in (
        "import_detail",
        "import_problems",
        "import_names",
        "import_apply",
        "import_discard",
    ):
        assert client.get(page(name, import_.pk)).status_code == 404
    assert client.post(page("import_apply", import_.pk)).status_code == 404
    assert client.get(page("import_name", import_.pk, "worker", 0)).status_code == 404
    assert Import.objects.get().status == "previewed"


def test_an_officer_sees_their_own_imports_and_the_lead_sees_all(trust, browse):
    import_ = upload(trust.hub, child())
    address = page("import_detail", import_.pk)
    assert browse(trust.hub2).get(address).status_code == 404
    assert browse(trust.hub_lead).get(address).status_code == 200
    assert list(browse(trust.hub2).get(page("imports")).context["page_obj"]) == []
    assert list(browse(trust.hub_lead).get(page("imports")).context["page_obj"]) == [import_]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"%PDF-1.4", "This is not an Excel workbook (.xlsx) or a CSV file."),
        (b"PK\x03\x04nonsense", "This workbook is damaged"),
        (b"a,b\n1,2\n", "This file holds none of lists 4 to 9"),
        (b"Child Unique ID,\x00", "This file holds characters that no text file has."),
        (b"", "This file is empty."),
        (b"x" * (5 * 1024 * 1024 + 1), "This file is larger than 5 MB."),
    ],
)
def test_a_wrong_file_gets_a_sentence(trust, browse, data, sentence):
    file = io.BytesIO(data)
    file.name = "x\u202e.csv"
    response = browse(trust.hub).post(page("import_upload"), {"file": file})
    assert response.status_code == 200
    (error,) = response.context["form"].errors["file"]
    assert error.startswith(sentence)
    assert Import.objects.count() == 0


def test_no_file_gets_a_sentence(trust, browse):
    response = browse(trust.hub).post(page("import_upload"), {})
    assert response.context["form"].errors == {"file": ["Choose a file"]}


def test_problems_are_shown_by_place_and_stop_the_import(trust, browse):
    import_ = upload(trust.hub, child(ethnicity="Martian"), child("9", born="31/02/2016"))
    hub = browse(trust.hub)
    response = hub.get(page("import_problems", import_.pk))
    assert [
        (p.sheet, p.row, p.column, p.found, p.severity) for p in response.context["page_obj"]
    ] == [
        ("children", 3, "Date of Birth", "31/02/2016", "error"),
        ("children", 2, "Ethnicity", "Martian", "warning"),
    ]
    assert "1 problem must be mended first. Mend it in the case system" in text(
        hub.get(page("import_detail", import_.pk))
    )
    response = hub.post(page("import_apply", import_.pk))
    assert response.status_code == 409
    assert "1 problem has to be mended first." in text(response)
    assert ChildRecord.objects.count() == 1


def test_problems_are_paged(trust, browse):
    import_ = upload(trust.hub, *(child(str(n), ethnicity="Martian") for n in range(150)))
    address = page("import_problems", import_.pk)
    assert len(browse(trust.hub).get(address).context["page_obj"]) == 100
    assert len(browse(trust.hub).get(address, {"page": "2"}).context["page_obj"]) == 50
    assert browse(trust.hub).get(address, {"page": "\x00"}).status_code == 200


def test_figures_that_have_changed_are_shown_again_before_they_are_applied(trust, browse):
    import_ = upload(trust.hub, child(plan="Early help"))
    hub = browse(trust.hub)
    old = hub.get(page("import_apply", import_.pk)).context["digest"]
    importing.apply(upload(trust.hub, child()), by=trust.hub)

    response = hub.post(page("import_apply", import_.pk), {"seen": old})
    assert response.status_code == 409
    assert "have changed since these figures were made" in text(response)
    assert (response.context["totals"]["new"], response.context["totals"]["changed"]) == (0, 1)

    hub.post(page("import_apply", import_.pk), {"seen": response.context["digest"]})
    assert held().plan_type == "early_help"


def test_a_preview_can_be_discarded(trust, browse):
    import_ = upload(trust.hub, child())
    response = browse(trust.hub).post(page("import_discard", import_.pk), follow=True)
    assert "The import is discarded. Nothing of it was stored." in text(response)
    import_.refresh_from_db()
    assert (import_.status, import_.staged) == ("discarded", None)
    assert "Discarded. Nothing of this file was stored." in text(
        browse(trust.hub).get(page("import_detail", import_.pk))
    )


def test_the_look_at_a_preview_is_in_the_trail_with_the_children_shown(trust, browse):
    import_ = upload(trust.hub, child())
    browse(trust.hub).get(page("import_detail", import_.pk))
    seen = TrailEntry.objects.for_record(import_).exclude(action="upload").order_by("pk")
    assert [(entry.action, entry.by, entry.children) for entry in seen] == [
        ("view", trust.hub, []),
        ("view_list", trust.hub, [trust.child.reference]),
    ]


# Names -----------------------------------------------------------------------------------------


@pytest.fixture
def unmatched(trust):
    return upload(trust.hub, child(worker="Bennet; Joe", team="Safegarding East 1"))


def answer(browse, person, import_, kind, **data):
    return browse(person).post(page("import_name", import_.pk, kind, 0), data)


def test_the_nearest_is_offered_and_taken_with_one_button(trust, browse, unmatched):
    listed = text(browse(trust.hub).get(page("import_names", unmatched.pk)))
    assert "Bennet, Joe" in listed
    assert "Jo Bennett" in listed
    response = answer(
        browse, trust.hub, unmatched, "worker", answer="use", known=trust.practitioner.pk
    )
    assert response.url == page("import_names", unmatched.pk)
    assert importing.comparison_of(Import.objects.get()).unsettled(WORKER) == []


def test_a_new_person_can_be_added(trust, browse, unmatched):
    answer(
        browse,
        trust.hub,
        unmatched,
        "worker",
        answer="add",
        new_name="Joe Bennet",
        email="Joe.Bennet@Trust.example",
    )
    person = User.objects.get(email="joe.bennet@trust.example")
    assert (person.name, person.has_usable_password()) == ("Joe Bennet", False)
    importing.apply(Import.objects.get(), by=trust.hub)
    assert held().practitioner == person


NEW_TEAM = {"answer": "add", "new_name": "Safeguarding West 9"}


def test_an_officer_can_add_a_team(trust, browse):
    import_ = upload(trust.hub, child(team="Safegarding West 9"))
    place = {"service_area": trust.safeguarding.pk, "locality": trust.locality.pk}
    answer(browse, trust.hub, import_, "team", **NEW_TEAM, **place)
    team = Team.objects.get(name="Safeguarding West 9")
    assert (team.service_area, team.locality) == (trust.safeguarding, trust.locality)
    assert importing.comparison_of(Import.objects.get()).unsettled(TEAM) == []


def test_somebody_who_may_not_add_a_team_is_not_offered_it(trust, browse, unmatched):
    response = answer(
        browse, trust.hub_lead, unmatched, "team", **NEW_TEAM, service_area=trust.safeguarding.pk
    )
    assert response.context["form"].errors == {"answer": ["Choose one of these answers"]}
    assert not Team.objects.filter(name="Safeguarding West 9").exists()


def test_a_name_can_be_left_to_nobody(trust, browse, unmatched):
    answer(browse, trust.hub, unmatched, "worker", answer="leave")
    assert "Nobody" in text(browse(trust.hub).get(page("import_names", unmatched.pk)))
    assert importing.comparison_of(Import.objects.get()).unsettled(WORKER) == []


@pytest.mark.parametrize(
    ("kind", "data", "errors"),
    [
        ("worker", {}, {"answer": ["Say who this is"]}),
        ("worker", {"answer": "\x00"}, {"answer": ["Choose one of these answers"]}),
        ("worker", {"answer": "use"}, {"known": ["Choose a person"]}),
        (
            "worker",
            {"answer": "use", "known": "999999"},
            {"known": ["Choose a person who is on the staff list"]},
        ),
        (
            "worker",
            {"answer": "add"},
            {
                "new_name": ["Give the new person’s name"],
                "email": ["Give the new person’s e-mail address"],
            },
        ),
        (
            "worker",
            {"answer": "add", "new_name": "x" * 121, "email": "nonsense"},
            {
                "new_name": ["Give a name of at most 120 letters"],
                "email": ["Give an e-mail address such as name@trust.org.uk"],
            },
        ),
        ("team", {}, {"answer": ["Say which team this is"]}),
        (
            "team",
            {"answer": "add", "new_name": "safeguarding EAST 1"},
            {
                "new_name": [
                    "There is a team of this name already. Choose it from the teams we have."
                ],
                "service_area": ["Choose the new team’s service area"],
            },
        ),
        (
            "team",
            {"answer": "add", "new_name": "N", "service_area": "0", "locality": "x"},
            {
                "service_area": ["Choose a service area that we have"],
                "locality": ["Choose a locality that we have"],
            },
        ),
    ],
)
def test_an_answer_that_is_not_whole_gets_a_sentence(trust, browse, unmatched, kind, data, errors):
    response = answer(browse, trust.hub, unmatched, kind, **data)
    assert response.status_code == 200
    found = {name: list(texts) for name, texts in response.context["form"].errors.items()}
    assert {name: found.get(name) for name in errors} == errors
    if name := data.get("new_name"):
        assert name in text(response)


def test_somebody_with_this_address_is_not_added_twice(trust, browse, unmatched):
    before = User.objects.count()
    response = answer(
        browse,
        trust.hub,
        unmatched,
        "worker",
        answer="add",
        new_name="Jo",
        email=trust.manager.email.upper(),
    )
    assert response.context["form"].errors == {
        "email": ["Somebody has this e-mail address already. Choose them from the staff list."]
    }
    assert User.objects.count() == before


@pytest.mark.parametrize("place", ["1", "999999"])
def test_a_name_that_is_not_there_is_not_found(trust, browse, unmatched, place):
    address = page("import_name", unmatched.pk, "worker", place)
    assert browse(trust.hub).get(address).status_code == 404


# Queries ---------------------------------------------------------------------------------------


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["import_detail", "import_problems", "import_names"])
def test_the_pages_take_the_same_queries_however_many_rows(trust, browse, name):
    client = browse(trust.hub)
    counts = []
    for rows in (1, 3, 30):
        for number in range(rows):
            make_child(team=trust.team, identifier=f"{rows}7{number}")
        import_ = upload(
            trust.hub,
            *(child(f"8{n}", worker=f"Bennet; Joe {n}", ethnicity="Martian") for n in range(rows)),
        )
        counts.append(queries(client, page(name, import_.pk)))
    assert counts == [counts[0]] * 3


def test_the_list_takes_the_same_queries_however_many_imports(trust, browse):
    client = browse(trust.hub)
    upload(trust.hub, child())
    one = queries(client, page("imports"))
    upload(trust.hub, child())
    upload(trust.hub, child())
    assert queries(client, page("imports")) == one
