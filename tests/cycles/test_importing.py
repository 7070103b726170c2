import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import RoleGrant, ServiceArea, Team
from accounts.roles import Role
from audit_trail.models import TrailEntry
from cycles import importing
from cycles.annex_a import FileProblem
from cycles.identifiers import lookup_hash
from cycles.import_staging import NOBODY, TEAM, WORKER
from cycles.models import ChildRecord, Import
from tests.annex_a_workbook import CANARY, TEAMS, WORKERS, Planted, make_workbook
from tests.factories import make_child, make_user
from workflow.exceptions import Conflict, NotPermitted, Stale

APPLYING = 20  # statements: none of them for one child alone

HEADINGS = (
    "Child Unique ID,Gender,Ethnicity,Date of Birth,Does the Child have a Disability,"
    "Allocated Team,Allocated Worker,Plan Type,Start Date,End Date"
)


def extract(*rows):
    return io.BytesIO("\n".join([HEADINGS, *rows]).encode())


def child(identifier="00123", plan="Child in need", worker="Bennett; Jo", **more):
    cells = {
        "gender": "Male",
        "ethnicity": "WBRI",
        "born": "17/03/2016",
        "disability": "No",
        "team": "Safeguarding East 1",
        "opened": "01/02/2026",
        "closed": "",
    } | more
    return ",".join(
        [
            identifier,
            cells["gender"],
            cells["ethnicity"],
            cells["born"],
            cells["disability"],
            cells["team"],
            f'"{worker.replace(";", ",")}"',
            plan,
            cells["opened"],
            cells["closed"],
        ]
    )


def upload(by, *rows, name="children.csv"):
    return importing.preview(extract(*rows), filename=name, by=by)


def bring_in(by, *rows):
    return importing.apply(upload(by, *rows), by=by)


def records():
    return list(
        ChildRecord.objects.order_by("pk").values(
            "identifier_hash", "reference", "plan_type", "is_open", "imported_from", "imported_at"
        )
    )


def held(identifier="00123"):
    return ChildRecord.objects.with_identifier(identifier).get()


@pytest.fixture
def staffed(trust):
    """A Trust whose staff and teams are the workbook's, but for three people and one team."""
    area = ServiceArea.objects.create(name="Everything")
    Team.objects.bulk_create(Team(name=name, service_area=area) for name in TEAMS[:-1])
    for name in WORKERS[:-3]:
        make_user(name)
    return trust


def test_the_whole_loop_of_a_large_workbook(staffed):
    today = timezone.localdate()
    broken = make_workbook(3000, today=today)
    import_ = importing.preview(broken.file(), filename="extract.xlsx", by=staffed.hub)
    before = records()

    found = sorted(
        Planted(p.sheet, p.row, p.column, p.severity)
        for p in importing.comparison_of(import_).problems
    )
    assert found == broken.planted
    with pytest.raises(Conflict, match="15 problems have to be mended first"):
        importing.apply(import_, by=staffed.hub)
    assert records() == before

    mended = make_workbook(3000, today=today, errors=False)
    import_ = importing.preview(mended.file(), filename="mended.xlsx", by=staffed.hub)
    import_ = importing.apply(import_, by=staffed.hub)
    totals = import_.summary["totals"]
    assert (totals["new"], totals["changed"], totals["closed"]) == (len(mended.plans), 0, 0)
    # Three people are not on the staff list, and two share the name of one; each is written in two
    # ways that differ by more than spaces.
    assert (totals["workers_unmatched"], totals["teams_unmatched"]) == (8, 1)
    assert totals["not_in_file"] == 1
    assert dict(
        ChildRecord.objects.exclude(pk=staffed.child.pk).values_list("identifier_hash", "plan_type")
    ) == {lookup_hash(key): plan for key, plan in mended.plans.items()}
    assert totals["practitioners"] == len(WORKERS) - 4

    after = records()
    again = importing.preview(mended.file(), filename="mended.xlsx", by=staffed.hub)
    again = importing.apply(again, by=staffed.hub)
    assert again.summary["totals"] == {
        "new": 0,
        "changed": 0,
        "unchanged": len(mended.plans),
        "closed": 0,
        "ended": len(mended.closed),
        "not_in_file": 1,
        "errors": 0,
        "warnings": totals["warnings"],
        "workers_unmatched": 8,
        "teams_unmatched": 1,
        "practitioners": 0,
    }
    assert records() == after


def test_a_new_child_is_stored_as_the_file_says(trust):
    import_ = bring_in(trust.hub, child())
    record = held()
    assert record.identifier == "00123"
    assert (record.birth_month, record.gender, record.ethnicity, record.disability) == (
        date(2016, 3, 1),
        "boy",
        "white",
        False,
    )
    assert (record.plan_type, record.opened_on, record.is_open) == (
        "child_in_need",
        date(2026, 2, 1),
        True,
    )
    assert (record.team, record.practitioner) == (trust.team, trust.practitioner)
    assert record.imported_from == import_


def test_the_same_file_again_changes_nothing(trust):
    bring_in(trust.hub, child())
    before = records()
    totals = bring_in(trust.hub, child()).summary["totals"]
    assert (totals["new"], totals["changed"], totals["unchanged"]) == (0, 0, 1)
    assert records() == before


def test_a_changed_child_keeps_its_reference(trust):
    bring_in(trust.hub, child())
    before = held()
    totals = bring_in(trust.hub, child(plan="Child protection")).summary["totals"]
    assert (totals["new"], totals["changed"]) == (0, 1)
    assert (held().pk, held().reference) == (before.pk, before.reference)
    assert held().plan_type == "child_protection"


def test_a_blank_does_not_erase_what_is_known_about_a_child(trust):
    bring_in(trust.hub, child())
    totals = bring_in(trust.hub, child(gender="", ethnicity="NOBT", disability="")).summary[
        "totals"
    ]
    assert totals["unchanged"] == 1
    assert (held().gender, held().ethnicity, held().disability) == ("boy", "white", False)


def test_a_child_whose_help_has_ended_is_closed(trust):
    bring_in(trust.hub, child())
    totals = bring_in(trust.hub, child(closed="03/04/2026")).summary["totals"]
    assert totals["closed"] == 1
    assert (held().is_open, held().closed_on) == (False, date(2026, 4, 3))


def test_a_closed_child_can_be_opened_again(trust):
    bring_in(trust.hub, child())
    bring_in(trust.hub, child(closed="03/04/2026"))
    bring_in(trust.hub, child(opened="01/06/2026"))
    assert (held().is_open, held().closed_on, held().opened_on) == (True, None, date(2026, 6, 1))


def test_an_ended_child_whom_we_do_not_hold_is_left_out(trust):
    import_ = bring_in(trust.hub, child(closed="03/04/2026"))
    (figures,) = importing.lists_of(import_)
    assert figures.left_out == {"has ended, with nothing to close": 1}
    assert ChildRecord.objects.count() == 1


def test_a_child_not_in_the_file_is_listed_and_left_as_it_is(trust):
    before = records()
    comparison = importing.comparison_of(upload(trust.hub, child()))
    assert comparison.not_in_file == [trust.child.reference]
    bring_in(trust.hub, child())
    assert records()[:1] == before


def test_an_unmatched_worker_does_not_stop_the_child(trust):
    import_ = upload(trust.hub, child(worker="Joe Bennet", team="Safegarding East 1"))
    comparison = importing.comparison_of(import_)
    (worker,) = comparison.unsettled(WORKER)
    (team,) = comparison.unsettled(TEAM)
    assert (worker.name, worker.children) == ("Joe Bennet", 1)
    assert worker.match.nearest.key == trust.practitioner.pk
    assert team.match.nearest.key == trust.team.pk
    importing.apply(import_, by=trust.hub)
    assert (held().team, held().practitioner) == (None, None)


def test_a_choice_is_kept_and_applied(trust):
    import_ = upload(trust.hub, child(worker="J. B."))
    import_ = importing.choose(
        import_, kind=WORKER, name="J. B.", key=trust.other_practitioner.pk, by=trust.hub
    )
    assert importing.comparison_of(import_).unsettled(WORKER) == []
    importing.apply(import_, by=trust.hub)
    assert held().practitioner == trust.other_practitioner


def test_a_name_may_be_left_to_nobody(trust):
    import_ = upload(trust.hub, child(worker="J. B."))
    import_ = importing.choose(import_, kind=WORKER, name="J. B.", key=NOBODY, by=trust.hub)
    assert import_.summary["totals"]["workers_unmatched"] == 0
    importing.apply(import_, by=trust.hub)
    assert held().practitioner is None


def test_only_a_name_of_the_file_can_be_chosen_for(trust):
    import_ = upload(trust.hub, child())
    with pytest.raises(Conflict, match="not in the file"):
        importing.choose(import_, kind=TEAM, name="Elsewhere", key=trust.team.pk, by=trust.hub)


def test_a_matched_worker_becomes_a_practitioner_once(trust):
    worker = make_user("Priya Nair")
    assert bring_in(trust.hub, child(worker="Nair; Priya")).summary["totals"]["practitioners"] == 1
    bring_in(trust.hub, child(worker="Nair; Priya", plan="Early help"))
    grant = RoleGrant.objects.get(user=worker)
    assert (grant.role, grant.granted_by) == (Role.PRACTITIONER, trust.hub)
    assert TrailEntry.objects.for_record(worker).get().action == "grant_role"


def test_the_leading_zeros_of_an_earlier_import_are_watched(trust):
    bring_in(trust.hub, child("00123"))
    import_ = upload(trust.hub, child("123"))
    (problem,) = importing.comparison_of(import_).errors
    assert (problem.sheet, problem.row, problem.column) == ("children", 2, "Child Unique ID")
    with pytest.raises(Conflict, match="1 problem has to be mended first"):
        importing.apply(import_, by=trust.hub)


def test_an_error_in_one_row_stores_nothing(trust):
    before = records()
    import_ = upload(trust.hub, child(), child("9", born="31/02/2016"))
    with pytest.raises(Conflict):
        importing.apply(import_, by=trust.hub)
    assert records() == before
    assert Import.objects.get().status == "previewed"


def test_a_file_that_cannot_be_read_leaves_nothing_behind(trust):
    with pytest.raises(FileProblem):
        importing.preview(io.BytesIO(b"%PDF"), filename="x.csv", by=trust.hub)
    assert Import.objects.count() == 0


def test_an_import_is_applied_once(trust):
    import_ = bring_in(trust.hub, child())
    with pytest.raises(Conflict, match="You cannot apply this import now: it is “Applied”"):
        importing.apply(import_, by=trust.hub)


def test_figures_that_no_longer_hold_are_refused(trust):
    first, second = upload(trust.hub, child()), upload(trust.hub, child(plan="Early help"))
    importing.apply(first, by=trust.hub)
    with pytest.raises(Stale, match="have changed since"):
        importing.apply(second, by=trust.hub)
    assert held().plan_type == "child_in_need"
    seen = importing.comparison_of(second).digest
    importing.apply(second, by=trust.hub, seen=seen)
    assert held().plan_type == "early_help"


@pytest.mark.parametrize("end", [importing.apply, importing.discard])
def test_the_rows_are_wiped_at_the_end(trust, end):
    import_ = end(upload(trust.hub, child()), by=trust.hub)
    assert Import.objects.filter(pk=import_.pk).values_list("staged").get() == (None,)
    with pytest.raises(Conflict, match="its rows are not kept"):
        importing.comparison_of(import_)


def test_a_discarded_import_stores_nothing(trust):
    before = records()
    import_ = importing.discard(upload(trust.hub, child()), by=trust.hub)
    assert (import_.status, records()) == ("discarded", before)
    with pytest.raises(Conflict):
        importing.apply(import_, by=trust.hub)


def test_nothing_readable_is_kept_in_the_database(trust):
    upload(trust.hub, child("SECRET77", worker="Hidden Name"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT staged, summary FROM cycles_import")
        kept = str(cursor.fetchone())
    for words in ("SECRET77", "Hidden", "2016"):
        assert words not in kept


@pytest.mark.parametrize("person", ["practitioner", "manager", "evaluator", "administrator"])
def test_only_the_hub_may_import(trust, person):
    with pytest.raises(NotPermitted):
        upload(getattr(trust, person), child())


def test_only_the_hub_may_apply(trust):
    import_ = upload(trust.hub, child())
    with pytest.raises(NotPermitted):
        importing.apply(import_, by=trust.manager)


def test_the_trail_tells_who_uploaded_and_applied(trust):
    import_ = bring_in(trust.hub, child())
    entries = TrailEntry.objects.for_record(import_).order_by("pk")
    assert [(e.action, e.by, e.before, e.after) for e in entries] == [
        ("upload", trust.hub, "", "previewed"),
        ("apply", trust.hub, "previewed", "applied"),
        ("import_children", trust.hub, "", ""),
    ]
    assert entries[2].children == [held().reference]


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_the_preview_takes_the_same_queries_however_many_rows(
    trust, rows, django_assert_num_queries
):
    for number in range(rows):
        make_child(team=trust.team, identifier=f"7{number}")
    import_ = upload(trust.hub, *(child(f"7{n}", worker=f"Person {n}") for n in range(rows)))
    with django_assert_num_queries(3):
        importing.comparison_of(import_)


@pytest.mark.parametrize("rows", [1, 3, 30])
def test_applying_takes_the_same_queries_however_many_rows(trust, rows, django_assert_num_queries):
    for number in range(rows):
        make_child(team=trust.team, identifier=f"7{number}")
    known = [child(f"7{number}", plan="Early help") for number in range(rows)]
    new = [child(f"8{number}") for number in range(rows)]
    import_ = upload(trust.hub, *known, *new)
    with django_assert_num_queries(APPLYING):
        importing.apply(import_, by=trust.hub)


# The command ---------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    def written(*rows):
        path = tmp_path / "children.csv"
        path.write_bytes(extract(*rows).getvalue())
        return str(path)

    return written


def run(*arguments):
    out = io.StringIO()
    call_command("import_children", *arguments, stdout=out)
    return out.getvalue().splitlines()


def test_the_command_previews_and_stores_nothing(trust, file):
    before = records()
    assert run(file(child(worker="Joe Bennet"))) == [
        "children: 1 rows read, 1 new, 0 changed, 0 unchanged, 0 closed, 0 left out",
        "1 open children are not in this file. They stay as they are.",
        "Joe Bennet: no such worker. The nearest is Jo Bennett (1 child).",
        "Nothing has been stored. Add --apply to store it.",
    ]
    assert records() == before
    assert Import.objects.count() == 0


def test_the_command_applies(trust, file):
    lines = run(file(child()), "--apply", "--by", trust.hub.email.upper())
    assert lines[-1].endswith("1 new, 0 changed, 0 closed, 0 unchanged. New practitioners: 0.")
    assert held().imported_from.applied_by == trust.hub


def test_the_command_stops_at_an_error_and_shows_no_identifier(trust, file):
    out = io.StringIO()
    path = file(child("77001", born="31/02/2016"), child("1.5E+10"))
    with pytest.raises(CommandError, match="Nothing has been stored"):
        call_command("import_children", path, "--apply", "--by", trust.hub.email, stdout=out)
    assert "children, row 2, Date of Birth (must be mended): expected a date of birth" in (
        out.getvalue()
    )
    assert "77001" not in out.getvalue()
    assert "1.5E" not in out.getvalue()
    assert ChildRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--apply"], "Say who applies it"),
        (["--apply", "--by", "nobody@trust.example"], "Nobody here has the e-mail address"),
    ],
)
def test_the_command_says_who_is_missing(trust, file, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        run(file(child()), *arguments)


def test_the_command_says_that_a_file_is_not_there(db, tmp_path):
    with pytest.raises(CommandError, match="can’t be opened"):
        run(str(tmp_path / "none.csv"))


def test_the_command_refuses_somebody_without_the_right(trust, file):
    with pytest.raises(CommandError, match="Your role does not let you do this"):
        run(file(child()), "--apply", "--by", trust.manager.email)


def test_no_name_of_a_child_reaches_the_database(trust):
    made = make_workbook(200, today=timezone.localdate(), errors=False)
    import_ = importing.preview(made.file(), filename="x.xlsx", by=trust.hub)
    assert CANARY not in str(import_.staged) + str(import_.summary)
