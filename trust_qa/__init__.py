"""The project: settings, addresses, API and worker. No domain words live here."""

from trust_qa.celery import app as celery_app

__all__ = ["celery_app"]
