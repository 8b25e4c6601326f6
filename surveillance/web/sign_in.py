"""Signing in and out, and the page one starts from."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from surveillance.access.doors import scope_at
from surveillance.web.door import signed_in
from surveillance.web.places import open_places


class SignIn(LoginView):
    """The same words for a wrong name and a wrong password: nobody learns who works here."""

    template_name = "web/sign_in.html"
    redirect_authenticated_user = True
    next_page = "home"


class SignOut(LogoutView):
    next_page = "sign-in"


@require_GET
@signed_in
def home(request: HttpRequest) -> HttpResponseBase:
    """To the first place the reader's role opens; a page of its own for someone without any role."""
    places = open_places(scope_at(request))
    return redirect(places[0].name) if places else render(request, "web/no_role.html")
