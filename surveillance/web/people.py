"""Users, desks and grants: who works here and what is open to them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from surveillance.access import services
from surveillance.access.doors import scope_at
from surveillance.access.scope import Power
from surveillance.access.selectors import desks, people, roles
from surveillance.core.errors import Invalid
from surveillance.pipeline import raise_walls
from surveillance.web.dates import day_after
from surveillance.web.door import go, seen, signed_in


@require_GET
@signed_in
def people_page(request: HttpRequest) -> HttpResponseBase:
    """Everyone with their grants, and the desks."""
    scope = scope_at(request)
    scope.require(Power.ADMINISTER)
    seen(request, "page:people")
    shown = {
        "people": people(scope),
        "desks": desks(scope, Power.ADMINISTER),
        "roles": roles(),
        "everywhere": scope.desks(Power.ADMINISTER).every,
        "me": scope.actor,
    }
    return render(request, "web/people.html", shown)


@require_POST
@signed_in
def enrolled(request: HttpRequest) -> HttpResponseBase:
    """Make a user, or give one a new password."""
    scope = scope_at(request)
    scope.require(Power.ADMINISTER)
    username = request.POST.get("username", "").strip()
    password = request.POST.get("password", "")
    if not username or not all(letter.isalnum() or letter in "._-" for letter in username):
        raise Invalid(
            "A user name is letters, figures, dots, dashes and underscores.", cure="For example: a.hart"
        )
    try:
        validate_password(password)
    except ValidationError as fault:
        raise Invalid(" ".join(fault.messages), cure="Choose a longer, less common password.") from fault
    services.enrol(
        scope=scope, username=username, full_name=request.POST.get("full_name", "").strip(), password=password
    )
    messages.success(request, f"{username} may sign in with that password.")
    return go(request, reverse("people"))


@require_POST
@signed_in
def known_as(request: HttpRequest, username: str) -> HttpResponseBase:
    """Say under which names and numbers somebody turns up in calls, and who their manager is."""
    scope = scope_at(request)
    services.set_known_as(
        scope=scope,
        username=username,
        names=request.POST.get("names", "").splitlines(),
        numbers=request.POST.get("numbers", "").splitlines(),
        manager=request.POST.get("manager", "").strip(),
    )
    many = raise_walls(username=username, actor=scope.actor)
    messages.success(request, f"Kept. {many} calls lie behind a wall for {username} from now on.")
    return go(request, reverse("people"))


@require_POST
@signed_in
def desk_opened(request: HttpRequest) -> HttpResponseBase:
    """Make a desk."""
    scope = scope_at(request)
    scope.require(Power.ADMINISTER)
    name = request.POST.get("name", "").strip()
    slug = slugify(request.POST.get("slug", "") or name)
    if not name or not slug:
        raise Invalid("A desk needs a name.", cure="For example: Rates")
    services.open_desk(scope=scope, slug=slug, name=name)
    messages.success(request, f"The desk {name} is open.")
    return go(request, reverse("people"))


@require_POST
@signed_in
def granted(request: HttpRequest, username: str) -> HttpResponseBase:
    """Give a role over a desk, or take it back."""
    scope = scope_at(request)
    scope.require(Power.ADMINISTER)
    role, desk = request.POST.get("role", ""), request.POST.get("desk", "") or None
    if request.POST.get("deed") == "withdraw":
        services.withdraw_grant(scope=scope, username=username, role=role, desk=desk)
        messages.success(request, f"The role was taken from {username}.")
    else:
        until = day_after(request.POST.get("until", ""))
        services.grant(scope=scope, username=username, role=role, desk=desk, until=until)
        messages.success(request, f"{username} has the role now.")
    return go(request, reverse("people"))


@require_POST
@signed_in
def standing_changed(request: HttpRequest, username: str) -> HttpResponseBase:
    """Close an account, or open it again. What its owner did stays on record."""
    scope = scope_at(request)
    scope.require(Power.ADMINISTER)
    active = request.POST.get("active") == "1"
    services.set_standing(scope=scope, username=username, active=active)
    messages.success(
        request, f"{username} may sign in again." if active else f"{username} can no longer sign in."
    )
    return go(request, reverse("people"))
