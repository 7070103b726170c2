import pytest

from cycles.annex_a.matching import Candidate, Match, match_people, match_teams, plain_name

JANE = Candidate(1, "Jane Smith", "jane.smith@trust.example", "S100")
JOSE = Candidate(2, "José O’Brien-Lee", "jose@trust.example")
SAM_A = Candidate(3, "Sam Ali", "sam.ali@trust.example")
SAM_B = Candidate(4, "Sam Ali", "sam.ali2@trust.example")
STAFF = [JANE, JOSE, SAM_A, SAM_B]


@pytest.mark.parametrize(
    "name",
    [
        "Jane Smith",
        "SMITH, Jane",
        "Smith,\u00a0Jane",
        " jane   smith ",
        "Mrs Jane Smith",
        "Smith, Jane (Agency)",
        "Smith Jane",
        "JANE.SMITH@trust.example",
        "s100",
    ],
)
def test_a_member_of_staff_is_found_however_the_name_is_written(name):
    assert match_people([name], STAFF) == {name: Match(name, JANE)}


@pytest.mark.parametrize("name", ["Jose O'Brien Lee", "O’BRIEN-LEE, JOSÉ", "Jose\u0301 OBrien Lee"])
def test_accents_and_apostrophes_do_not_count(name):
    assert match_people([name], STAFF)[name].found == JOSE


def test_the_nearest_is_offered_and_never_taken():
    assert match_people(["Jayne Smith"], STAFF) == {"Jayne Smith": Match("Jayne Smith", None, JANE)}


def test_a_name_like_nobody_has_no_nearest():
    assert match_people(["Priya Venkataraman"], STAFF)["Priya Venkataraman"].nearest is None


def test_a_name_that_two_people_share_is_left_to_a_person():
    assert match_people(["Ali, Sam"], STAFF)["Ali, Sam"] == Match(
        "Ali, Sam", shared_by=(SAM_A, SAM_B)
    )


def test_a_team_is_found_without_the_word_team():
    team = Candidate(1, "Safeguarding & Support Team 1")
    found = match_teams(["safeguarding and support 1", "Safeguarding and Suport 1"], [team])
    assert found["safeguarding and support 1"].found == team
    assert found["Safeguarding and Suport 1"] == Match("Safeguarding and Suport 1", nearest=team)


def test_a_name_of_marks_only_matches_nobody():
    assert match_people(["..."], [Candidate(1, "!!!")])["..."] == Match("...")
    assert plain_name("...") == ""
