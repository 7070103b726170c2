"""How does the API answer: pages of results, and refusals?"""

from __future__ import annotations

import json
from dataclasses import asdict

from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as ModelInvalid
from rest_framework import serializers, status
from rest_framework.exceptions import ParseError
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import exception_handler

from workflow.exceptions import Conflict, Incomplete


class PageNumbers(PageNumberPagination):
    """Twenty-five rows a page, a hundred at most."""

    page_size = 25
    page_size_query_param = "page_size"
    max_page_size = 100


class PlainJSONParser(JSONParser):
    """JSON whose every name and word can be kept: half a character (a lone surrogate) cannot be
    stored or sent back, wherever it stands."""

    def parse(self, stream, media_type=None, parser_context=None):
        data = super().parse(stream, media_type, parser_context)
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise ParseError("This holds a character that cannot be kept.") from None
        return data


def refusals(error, context):
    """Turn the rules' refusals into replies: 403 who, 409 from where, 400 what is wrong."""
    if isinstance(error, Incomplete):
        return Response(
            {"detail": str(error), "missing": [asdict(item) for item in error.missing]},
            status=status.HTTP_409_CONFLICT,
        )
    if isinstance(error, Conflict):
        return Response({"detail": str(error)}, status=status.HTTP_409_CONFLICT)
    if isinstance(error, ModelInvalid):
        error = serializers.ValidationError(serializers.as_serializer_error(error))
    if isinstance(error, PermissionDenied) and str(error):
        return Response({"detail": str(error)}, status=status.HTTP_403_FORBIDDEN)
    return exception_handler(error, context)
