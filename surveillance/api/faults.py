"""How a fault leaves the API: one JSON form, one mapping to HTTP, every refusal on record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from surveillance.access.doors import SignInNeeded, note_fault, understood
from surveillance.core.errors import Fault, Invalid, Missing, Refused, Transient


class WrongCall(Invalid):
    """The request is not one that this address takes; `status` is HTTP's own for it."""

    code = "wrong-call"


def answer(fault: Exception, context: Mapping[str, Any]) -> Response | None:
    """The response to whatever a view raised; None for what we do not understand, so that it is logged as a 500."""
    ours = translated(fault)
    if ours is None:
        return None
    note_fault(context["request"], ours)
    body = {"code": ours.code, "message": ours.message, "cure": ours.cure}
    return Response(body, status=ours.status, headers=_headers(fault, ours))


def translated(fault: Exception) -> Fault | None:
    """A fault of Django or its REST framework as one of ours; None where it is neither."""
    if isinstance(fault, exceptions.APIException):
        return _of_framework(fault)
    if isinstance(fault, Http404):
        return Missing("There is no such thing.", cure="Check the address.")
    if isinstance(fault, PermissionDenied):
        return Refused("You may not do this.", cure="Sign in again, or ask an administrator.")
    if isinstance(fault, SuspiciousOperation):
        return Invalid("The request is larger or stranger than is taken.", cure="Send less at once.")
    return understood(fault)


def _of_framework(fault: exceptions.APIException) -> Fault:
    told = str(fault.detail)
    if isinstance(fault, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return SignInNeeded(told, cure="POST a name and password to /api/tokens/ and send the token.")
    if isinstance(fault, exceptions.PermissionDenied):
        return Refused(told, cure="Ask an administrator for a role that allows it.")
    if isinstance(fault, exceptions.ValidationError):
        return Invalid(" ".join(_said(fault.detail)), cure="Correct it; /api/schema/ says what is expected.")
    if isinstance(fault, exceptions.NotFound):
        return Missing("There is no such thing.", cure="Check the address.")
    wrong = WrongCall(told, cure="/api/schema/ says what this address takes.")
    wrong.status = fault.status_code
    return wrong


def _said(detail: Any, field: str = "") -> list[str]:
    """Every complaint of a serializer, with the field it is about."""
    if isinstance(detail, Mapping):
        return [line for name, inner in detail.items() for line in _said(inner, f"{field}{name}: ")]
    if isinstance(detail, list | tuple):
        return [line for inner in detail for line in _said(inner, field)]
    return [f"{field}{detail}"]


def _headers(fault: Exception, ours: Fault) -> dict[str, str]:
    if ours.status == 401:
        return {"WWW-Authenticate": getattr(fault, "auth_header", "") or "Token"}
    return {"Retry-After": "60"} if isinstance(ours, Transient) else {}
