"""Which addresses does the API have?"""

from rest_framework.routers import DefaultRouter

import cycles.api
import evaluations.api
import evaluations.planning_api
import moderation.api
import notifications.api
import recommendations.api

router = DefaultRouter()
for part in (cycles, evaluations, moderation, recommendations, notifications):
    part.api.register(router)
evaluations.planning_api.register(router)
