"""Who works in the fictional Trust?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from accounts.models import Locality, RoleGrant, ServiceArea, Team, User
from accounts.roles import Role

PASSWORD = "sit-alongside-demo"  # noqa: S105  the demonstration's password is public
DOMAIN = "demo.example"
LOCALITIES = ("North", "South", "East")
# Service area: short name of its teams, how many teams.
AREAS = {
    "Front door": ("Front door", 3),
    "Assessment": ("Assessment", 6),
    "Safeguarding": ("Safeguarding", 8),
    "Children in care": ("Children in care", 6),
    "Care leavers": ("Care leavers", 3),
    "Adoption": ("Adoption", 2),
    "Children with disabilities": ("Disabilities", 3),
    "Family support": ("Family support", 3),
    "Early help": ("Early help", 3),
    "Residential": ("Residential", 1),
    "Youth justice": ("Youth justice", 2),
}
FIRST = [
    "Amina",
    "Beth",
    "Carl",
    "Dev",
    "Esther",
    "Farah",
    "Grace",
    "Hassan",
    "Imran",
    "Jo",
    "Kim",
    "Lewis",
    "Marcus",
    "Nadia",
    "Olu",
    "Priya",
    "Quinn",
    "Ruth",
    "Sam",
    "Tara",
    "Uzma",
    "Vera",
    "Will",
    "Xenia",
    "Yusuf",
    "Zoe",
    "Anya",
    "Ben",
    "Cerys",
    "Dom",
    "Ella",
    "Femi",
    "Gita",
    "Harry",
    "Isla",
    "Jade",
    "Kofi",
    "Leah",
    "Mina",
    "Noor",
]
LAST = [
    "Adeleke",
    "Bennett",
    "Chauhan",
    "Doyle",
    "Ellis",
    "Foster",
    "Grant",
    "Hughes",
    "Iqbal",
    "Jones",
    "Khan",
    "Lowry",
    "Marsh",
    "Newton",
    "Okoro",
    "Patel",
    "Quigley",
    "Rahman",
    "Siddiqui",
    "Turner",
    "Umar",
    "Vaughan",
    "Webb",
    "Xu",
    "Yates",
    "Zaman",
    "Archer",
    "Barnes",
    "Cole",
    "Dixon",
    "Evans",
    "Fisher",
    "Gordon",
    "Holt",
    "Irving",
    "Jarvis",
    "Kaur",
    "Lamb",
    "Moss",
    "Nolan",
]
# The sign-ins: name before the @, full name, job title, roles.
SIGN_INS = (
    ("practitioner", "Jo Bennett", "Social worker", (Role.PRACTITIONER,)),
    ("manager", "Carl Hughes", "Team manager", (Role.MANAGER,)),
    ("head", "Shazia Malik", "Head of service", (Role.MANAGER,)),
    ("evaluator", "Ruth Adeleke", "Principal social worker", (Role.EVALUATOR,)),
    ("evaluator2", "Farah Siddiqui", "Advanced practitioner", (Role.EVALUATOR,)),
    ("moderator", "Liam Foster", "Service manager", (Role.MODERATOR,)),
    ("moderator2", "Tom Kearney", "Service manager", (Role.MODERATOR,)),
    ("chair", "Helen Marsh", "Assistant director, practice", (Role.MODERATOR,)),
    ("hub", "Sunita Bhatt", "Practice Hub officer", (Role.HUB_OFFICER,)),
    ("hublead", "Idris Hart", "Practice Hub lead", (Role.HUB_LEAD,)),
    ("leader", "Lena Okafor", "Chief executive", (Role.SENIOR_LEADER,)),
    ("governance", "Ian Pryce", "Information governance", (Role.INFORMATION_GOVERNANCE,)),
    ("admin", "Ada Newton", "System administrator", (Role.SYSTEM_ADMINISTRATOR,)),
)


@dataclass
class Cast:
    """The people and places of the demonstration, by what they are."""

    today: date
    random: Random
    by_sign_in: dict[str, User] = field(default_factory=dict)
    areas: list[ServiceArea] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    workers: dict[int, list[User]] = field(default_factory=dict)  # by team
    evaluators: list[User] = field(default_factory=list)
    moderators: list[User] = field(default_factory=list)

    def __getattr__(self, name: str) -> User:
        try:
            return self.__dict__["by_sign_in"][name]
        except KeyError:
            raise AttributeError(name) from None


def make_people(today: date) -> Cast:
    """11 service areas, 3 localities, 40 teams and 300 workers, the same for the same day."""
    cast = Cast(today, Random("alongside people"))
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    cast.random.shuffle(names)
    taken = {name for _, name, _, _ in SIGN_INS}
    spare = iter(name for name in names if name not in taken)
    numbers = iter(range(1, 10_000))
    long_ago = today - timedelta(days=900)
    grants: list[tuple[str, str]] = []
    people: list[User] = []

    def person(title: str, *roles: str, email: str = "", name: str = "", **fields) -> User:
        number = next(numbers)
        name = name or next(spare)
        email = email or f"{name.lower().replace(' ', '.')}@{DOMAIN}"
        user = User(
            email=email,
            name=name,
            job_title=title,
            staff_number=f"S{number:05}",
            password="!" + "x" * 40,
            **fields,
        )
        people.append(user)
        grants.extend((email, role) for role in roles)
        return user

    secret = make_password(PASSWORD)
    for key, name, title, roles in SIGN_INS:
        user = person(title, *roles, email=f"{key}@{DOMAIN}", name=name)
        user.password = secret
        cast.by_sign_in[key] = user
    trained = {
        "evaluator_trained_on": today - timedelta(days=400),
        "evaluator_refresher_due_on": today + timedelta(days=330),
    }
    for key in ("evaluator", "evaluator2"):
        for name, value in trained.items():
            setattr(cast.by_sign_in[key], name, value)
    others = [person("Advanced practitioner", Role.EVALUATOR, **trained) for _ in range(12)]
    others[0].evaluator_refresher_due_on = today - timedelta(days=20)  # one has run out
    panel = [person("Service manager", Role.MODERATOR) for _ in range(6)]
    heads = [person("Head of service", Role.MANAGER) for _ in range(len(AREAS) - 1)]
    directors = [person("Assistant director", Role.MANAGER) for _ in range(3)]
    managers = [person("Team manager", Role.MANAGER) for _ in range(39)]
    left = 300 - len(people)
    workers = [
        person("Social worker", Role.PRACTITIONER, newly_qualified=number % 9 == 0)
        for number in range(left)
    ]
    User.objects.bulk_create(people)
    by_email = {user.email: user for user in people}
    RoleGrant.objects.bulk_create(
        RoleGrant(user=by_email[email], role=role, starts=long_ago) for email, role in grants
    )

    places = Locality.objects.bulk_create(Locality(name=name) for name in LOCALITIES)
    free_heads, free_managers = iter(heads), iter(managers)
    for number, name in enumerate(AREAS):
        head = cast.head if name == "Safeguarding" else next(free_heads)
        cast.areas.append(
            ServiceArea(name=name, head_of_service=head, assistant_director=directors[number % 3])
        )
    ServiceArea.objects.bulk_create(cast.areas)
    for area in cast.areas:
        short, count = AREAS[area.name]
        for number in range(count):
            first = area.name == "Safeguarding" and number == 0
            place = places[number % 3] if count > 1 else None
            cast.teams.append(
                Team(
                    name=f"{short} {place.name if place else 'city-wide'} {number // 3 + 1}",
                    service_area=area,
                    locality=place,
                    manager=cast.manager if first else next(free_managers),
                )
            )
    Team.objects.bulk_create(cast.teams)
    jos_team = next(team for team in cast.teams if team.manager_id == cast.manager.pk)
    cast.practitioner.team = jos_team
    cast.workers[jos_team.pk] = [cast.practitioner]
    for number, worker in enumerate(workers):
        team = cast.teams[number % len(cast.teams)]
        worker.team = team
        cast.workers.setdefault(team.pk, []).append(worker)
    for number, evaluator in enumerate([cast.evaluator, cast.evaluator2, *others]):
        evaluator.team = cast.teams[(number * 3 + 20) % len(cast.teams)]
    for team in cast.teams:
        team.manager.team = team
    cast.workers[jos_team.pk][1].away_from = today - timedelta(days=3)
    cast.workers[jos_team.pk][1].away_until = today + timedelta(days=11)
    cast.workers[jos_team.pk][1].delegate = cast.practitioner
    User.objects.bulk_update(
        people, ["team", "away_from", "away_until", "delegate"], batch_size=200
    )
    cast.evaluators = [cast.evaluator, cast.evaluator2, *others[1:]]
    cast.moderators = [cast.moderator, cast.moderator2, *panel]
    return cast
