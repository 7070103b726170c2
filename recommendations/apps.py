from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "recommendations"

    def ready(self) -> None:
        """Register what follows an evaluation's steps, and what the clock makes due."""
        from recommendations import actions, reminders  # noqa: F401
