"""Routes: the GraphQL endpoint and a health probe."""

from django.http import HttpRequest, JsonResponse
from django.urls import path, re_path
from django.views.decorators.csrf import csrf_exempt
from strawberry.django.views import GraphQLView

from notes.schema import schema


def health(_request: HttpRequest) -> JsonResponse:
    """Answers as long as the process serves requests."""
    return JsonResponse({"status": "ok"})


urlpatterns = [
    path("health/", health),
    # Exempt from Django's CSRF token because only `application/json` bodies are accepted: a browser sends those
    # to another site only after asking for permission, which nobody gives.
    # With and without the slash at the end: a gateway may take it off.
    re_path(r"^graphql/?$", csrf_exempt(GraphQLView.as_view(schema=schema, graphql_ide=None, allow_queries_via_get=False))),
]
