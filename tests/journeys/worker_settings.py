"""The service's own settings with a queue that no other worker on the same broker reads."""

import os

from trust_qa.settings import *  # noqa: F403

CELERY_TASK_DEFAULT_QUEUE = os.environ["JOURNEY_QUEUE"]
