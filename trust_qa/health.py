"""Is the service up, and is it ready to work?"""

from __future__ import annotations

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import JsonResponse
from django.utils import timezone
from kombu.connection import Connection
from kombu.exceptions import KombuError

from notifications.models import Heartbeat

SWEEP_IS_LATE_AFTER = 180  # seconds: three sweeps


def healthz(request):
    """The web process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request):
    """Database, broker and the age of the last sweep in seconds; 503 unless all three are well."""
    checks: dict[str, object] = {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        checks["database"] = "ok"
        beat = Heartbeat.objects.filter(name="sweep").first()
        age = int((timezone.now() - beat.at).total_seconds()) if beat else None
        checks["last_sweep_seconds_ago"] = age
        checks["sweep"] = "ok" if age is not None and age < SWEEP_IS_LATE_AFTER else "late"
    except DatabaseError:
        checks["database"] = "does not answer"
    checks["broker"] = "ok" if _broker_answers() else "does not answer"
    ready = checks.get("sweep") == "ok" and checks["broker"] == "ok"
    return JsonResponse({"ready": ready, **checks}, status=200 if ready else 503)


def _broker_answers() -> bool:
    try:
        with Connection(
            settings.CELERY_BROKER_URL,
            connect_timeout=2,
            transport_options=settings.CELERY_BROKER_TRANSPORT_OPTIONS,
        ) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
            return True
    except (KombuError, OSError):
        return False
