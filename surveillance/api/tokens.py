"""Signing in for programs: a name and password for a token that expires, and the end of a token."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from surveillance.access.doors import identified
from surveillance.access.scope import Power
from surveillance.access.services import issue_token, revoke_tokens, rotate_token
from surveillance.api.door import Door
from surveillance.api.shapes import FaultOut
from surveillance.core.errors import Invalid


class SignInGiven(serializers.Serializer[Any]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=500, trim_whitespace=False, write_only=True)


class TokenAsked(SignInGiven):
    """Name and password; `powers` and `desks` narrow what the token opens, left out it opens all its owner may."""

    powers = serializers.ListField(child=serializers.ChoiceField([p.value for p in Power]), default=list)
    desks = serializers.ListField(child=serializers.CharField(max_length=50), default=list)


class TokenOut(serializers.Serializer[Any]):
    token = serializers.CharField(source="secret", help_text="shown this once; only its hash is kept")
    expires_at = serializers.DateTimeField()


class Tokens(Door):
    """Tokens of a user."""

    @extend_schema(
        operation_id="sign_in", request=TokenAsked, responses={201: TokenOut, 400: FaultOut}, auth=[]
    )
    def post(self, request: Request) -> Response:
        """A token for a name and password. Five wrong passwords lock the name for a quarter of an hour."""
        given = TokenAsked(data=request.data)
        given.is_valid(raise_exception=True)
        told = given.validated_data
        scope = identified(self.http, username=told["username"], password=told["password"])
        token = issue_token(scope=scope, powers=told["powers"], desks=told["desks"])
        return Response(TokenOut(token).data, status=201)

    @extend_schema(operation_id="revoke_tokens", request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """End every token of the asker, on every machine."""
        revoke_tokens(scope=self.scope)
        return Response(status=204)

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method == "POST" else list(super().get_permissions())

    def get_authenticators(self) -> list[Any]:
        # Who signs in is nobody yet: an old token or a foreign page's cookie must not matter.
        return [] if self.request and self.request.method == "POST" else super().get_authenticators()


class CurrentToken(Door):
    """The token of this request."""

    @extend_schema(operation_id="revoke_current_token", request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        """End the token that this request was sent with."""
        if not isinstance(request.auth, AuthToken):
            raise Invalid("This request carries no token.", cure="Sign out of the site to end its session.")
        revoke_tokens(scope=self.scope, digest=request.auth.digest)
        return Response(status=204)


class TokenRotation(Door):
    """The next token after this one."""

    @extend_schema(operation_id="rotate_token", request=None, responses={201: TokenOut, 400: FaultOut})
    def post(self, request: Request) -> Response:
        """A new token that opens the same; the one of this request ends in ten minutes."""
        if not isinstance(request.auth, AuthToken):
            raise Invalid("This request carries no token.", cure="Sign in for one.")
        return Response(TokenOut(rotate_token(scope=self.scope, digest=request.auth.digest)).data, status=201)
