"""Callers of the API: every answer they get is held against the API's own description."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jsonschema
from drf_spectacular.generators import SchemaGenerator
from floor import Spoken
from rest_framework.test import APIClient

PASSWORD = "Harbour-Lantern-42"
# The one call of these tests.
CALL = Spoken(name="rates-1", turns=((0, "let us push the quokka before noon"), (1, "so be it")))


@cache
def description() -> dict[str, Any]:
    """The API's description; `nullable` written as JSON Schema writes it."""

    def plain(part: Any) -> Any:
        if isinstance(part, list):
            return [plain(item) for item in part]
        if not isinstance(part, dict):
            return part
        told = {name: plain(value) for name, value in part.items() if name != "nullable"}
        return {"anyOf": [told, {"type": "null"}]} if part.get("nullable") else told

    told = SchemaGenerator().get_schema(request=None, public=True)
    return plain(told)  # type: ignore[no-any-return]


class Caller(APIClient):
    """A client for which an answer that the description does not promise is a failure."""

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        answer = super().generic(method, path, *args, **kwargs)
        if answer.get("Content-Type", "").startswith("application/json"):
            _hold(method, path.split("?")[0], answer.status_code, answer.json())
        return answer


def _hold(method: str, path: str, status: int, body: Any) -> None:
    told = description()
    for template, operations in told["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and method.lower() in operations:
            responses = operations[method.lower()]["responses"]
            break
    else:
        return
    fault = {"$ref": "#/components/schemas/FaultOut"}
    content = responses.get(str(status), {}).get("content", {}).get("application/json", {"schema": fault})
    jsonschema.validate(body, {**content["schema"], "components": told["components"]})
