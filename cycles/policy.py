"""Which numbers rule a cycle?

The defaults of domain.md, marked (d) there. A cycle takes a copy when it is planned, so its rules
never change under it. Limits are in working days unless the name says otherwise.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Policy:
    """The rules of one cycle."""

    weeks: int = 13
    # sample
    oversample_percent: int = 30
    stratum_minimum: int = 1
    by_locality: bool = False
    not_again_within_months: int = 12
    open_at_least_weeks: int = 8
    # evaluation
    accept_within: int = 2
    conversation_by: int = 10
    submit_by: int = 15
    share_within: int = 2
    reflection_silence: int = 5
    table_within: int = 20
    table_within_newly_qualified: int = 10
    recommendations_at_most: int = 5
    alert_acknowledge_hours: int = 4
    alert_action_hours: int = 24
    # moderation
    moderation_percent: int = 20
    moderators_per_case: int = 2
    blind_within: int = 5
    reconcile_within: int = 5
    panel_within: int = 20
    panel_quorum: int = 3
    papers_before: int = 5
    first_evaluations_moderated: int = 2
    # recommendations
    check_within: int = 10
    due_working_days: dict[str, int] = field(
        default_factory=lambda: {"high": 10, "medium": 30, "low": 60}
    )
    due_hours: dict[str, int] = field(default_factory=lambda: {"critical": 24})
    # revisits
    revisit_percent_requires_improvement: int = 25
    revisit_percent_good_or_better: int = 10
    revisit_percent_at_least: int = 20
    revisit_within_months: int = 6

    def as_dict(self) -> dict[str, Any]:
        """The policy as plain data, for keeping on a cycle."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Policy:
        """The policy kept on a cycle; numbers added since then take their default."""
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in data.items() if name in known})


def default_policy() -> dict[str, Any]:
    """What a new cycle starts with."""
    return Policy().as_dict()
