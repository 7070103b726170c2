"""Which roles are there, and who may hold them?"""

from django.db import models


class Role(models.TextChoices):
    PRACTITIONER = "practitioner", "Practitioner"
    MANAGER = "manager", "Manager"
    EVALUATOR = "evaluator", "Evaluator"
    MODERATOR = "moderator", "Moderator"
    HUB_OFFICER = "hub_officer", "Practice Hub officer"
    HUB_LEAD = "hub_lead", "Practice Hub lead"
    SENIOR_LEADER = "senior_leader", "Senior leader"
    INFORMATION_GOVERNANCE = "information_governance", "Information governance"
    SYSTEM_ADMINISTRATOR = "system_administrator", "System administrator"
    API_CLIENT = "api_client", "API client"


PRIVILEGED = frozenset(
    {Role.HUB_LEAD, Role.SYSTEM_ADMINISTRATOR, Role.INFORMATION_GOVERNANCE, Role.API_CLIENT}
)
