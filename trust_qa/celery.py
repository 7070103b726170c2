"""Which work runs by the clock, and how the worker is set up?

The broker only carries a wake-up. Every fact is in the database, and a sweep each minute
finds the work even if the broker loses everything.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trust_qa.settings")

app = Celery("trust_qa")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "sweep": {"task": "notifications.tasks.sweep", "schedule": 60.0, "options": {"expires": 55}},
}
