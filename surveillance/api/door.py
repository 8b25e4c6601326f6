"""What every address of the API passes on its way in: the sign-in, the scope, the view put on record."""

from __future__ import annotations

from typing import Any

from auditlog.context import auditlog_value
from django.http import HttpRequest
from knox.auth import TokenAuthentication
from knox.models import AuthToken
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from surveillance.access.doors import narrow_to_token, scope_at
from surveillance.access.scope import Scope
from surveillance.audit.services import record
from surveillance.core.errors import Missing


class TokenSignIn(TokenAuthentication):  # type: ignore[misc]  # knox is untyped
    """Knox's tokens: hashed in the database, expiring, sent as `Authorization: Token …`."""

    def authenticate_credentials(self, token: bytes) -> Any:
        if not token.isalnum():  # it would be looked up as it stands
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


class Door(APIView):
    """An address behind the sign-in."""

    authentication_classes = (TokenSignIn, SessionAuthentication)
    permission_classes = (IsAuthenticated,)
    metadata_class = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        # Django's own middleware has looked at the session only; a token is known from here on.
        auditlog_value.get({})["actor"] = request.user
        if isinstance(request.auth, AuthToken):
            narrow_to_token(self.http, request.auth.digest)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        # What a call holds must not lie in a shared cache.
        answer.headers.setdefault("Cache-Control", "private, no-store")
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        return answer

    @property
    def scope(self) -> Scope:
        """The reach of whoever asks."""
        return scope_at(self.http)

    @property
    def http(self) -> HttpRequest:
        """The request as Django knows it, with the user that the token named."""
        return self.request._request

    def note(self, subject: str, *, action: str = "viewed", **detail: Any) -> None:
        """Put on record that someone looked."""
        told = {name: value for name, value in detail.items() if value not in ("", None)}
        record(actor=self.scope.actor, action=action, subject=subject, detail={"door": "api", **told})


class Nowhere(Door):
    """Every address under /api/ that is none."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Missing(
            "There is nothing at this address.", cure="Addresses end with a slash; see /api/schema/."
        )
