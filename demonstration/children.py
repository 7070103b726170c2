"""Which children does the fictional Trust know?"""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from random import Random

from cycles.enums import Ethnicity, PlanType
from cycles.identifiers import ALPHABET, lookup_hash
from cycles.models import ChildRecord
from demonstration.people import Cast

PLANS = {  # which plan types the teams of a service area work with
    "Front door": [PlanType.ASSESSMENT],
    "Assessment": [PlanType.ASSESSMENT, PlanType.CHILD_IN_NEED],
    "Safeguarding": [PlanType.CHILD_PROTECTION, PlanType.CHILD_IN_NEED],
    "Children in care": [PlanType.CHILD_IN_CARE],
    "Care leavers": [PlanType.CARE_LEAVER],
    "Adoption": [PlanType.ADOPTION],
    "Children with disabilities": [PlanType.CHILD_IN_NEED, PlanType.SHORT_BREAKS],
    "Family support": [PlanType.CHILD_IN_NEED],
    "Early help": [PlanType.EARLY_HELP],
    "Residential": [PlanType.CHILD_IN_CARE],
    "Youth justice": [PlanType.CUSTODY, PlanType.CHILD_IN_NEED],
}
NEEDS = ("Abuse or neglect", "Family in acute stress", "Family dysfunction", "Child’s disability")


def make_children(cast: Cast, count: int = 3000) -> list[ChildRecord]:
    """Open and closed records, spread over the teams; identifiers look like a case system's."""
    random = Random("alongside children")
    children = []
    for number in range(count):
        team = cast.teams[number % len(cast.teams)]
        worker = cast.workers[team.pk][(number // len(cast.teams)) % len(cast.workers[team.pk])]
        plan = random.choice(PLANS[team.service_area.name])
        identifier = f"DEMO{100000 + number * 7}"
        low, high = {PlanType.CARE_LEAVER: (18, 24), PlanType.CUSTODY: (14, 17)}.get(plan, (0, 17))
        born = cast.today - timedelta(days=random.randint(low * 365 + 30, high * 365 + 330))
        opened = cast.today - timedelta(days=random.randint(10, 1400))
        is_open = random.random() > 0.12
        children.append(
            ChildRecord(
                reference=_reference(identifier),
                identifier=identifier,
                identifier_hash=lookup_hash(identifier),
                birth_month=date(born.year, born.month, 1),
                gender=random.choices(["girl", "boy", "other"], [48, 50, 2])[0],
                ethnicity=random.choices(list(Ethnicity), [44, 12, 22, 12, 6, 4])[0],
                disability=random.random() < 0.14,
                plan_type=plan,
                need=random.choice(NEEDS),
                team=team,
                practitioner=worker,
                opened_on=opened,
                is_open=is_open,
                closed_on=None if is_open else cast.today - timedelta(days=random.randint(1, 9)),
            )
        )
    return ChildRecord.objects.bulk_create(children, batch_size=500)


def _reference(identifier: str) -> str:
    """The same reference each time the demonstration is loaded."""
    number = int.from_bytes(hashlib.sha256(identifier.encode()).digest()[:8])
    letters = ""
    for _ in range(6):
        number, place = divmod(number, len(ALPHABET))
        letters += ALPHABET[place]
    return f"C-{letters}"
