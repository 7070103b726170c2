"""One sweep by hand."""

from django.core.management.base import BaseCommand

from notifications.sweep import sweep


class Command(BaseCommand):
    help = "Write and send what is due now, as beat does every minute. Safe to run at any time."

    def handle(self, *args, **options):
        counts = sweep()
        self.stdout.write(
            ", ".join(f"{name.replace('_', ' ')}: {number}" for name, number in counts.items())
        )
