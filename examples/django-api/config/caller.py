"""Who is calling, as the gateway tells it.

The gateway checks the session, removes any X-User-Id that the client sent, and sets the real one. This API must
therefore be reachable through the gateway only: bind it to loopback or to a network that nobody else is on.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse

HEADER = "X-User-Id"

# Answered without a caller: the load balancer's probe has none.
PUBLIC_PATHS = frozenset({"/health/"})


@dataclass(frozen=True)
class Caller:
    """The identity behind a request. `id` is the identity's id in the identity server."""

    id: uuid.UUID


def caller_of(request: HttpRequest) -> Caller | None:
    """Reads the caller from the header; anything but exactly one UUID is nobody."""
    try:
        return Caller(id=uuid.UUID(request.headers[HEADER]))
    except (KeyError, ValueError):
        return None


class CallerMiddleware:
    """Puts the caller into `request.caller` and refuses requests that have none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.caller = caller_of(request)
        if request.caller is None and request.path not in PUBLIC_PATHS:
            reason = f"This request names no caller: the gateway in front has to set {HEADER}."
            return JsonResponse({"error": {"code": 401, "reason": reason}}, status=401)
        return self.get_response(request)
