"""Stripe's own description, trimmed: which requests exist, and what they look like."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

HERE = "urn:stripe"
DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parent / "description.json").read_text()
)
REGISTRY = Registry().with_resource(
    HERE, Resource.from_contents(DOCUMENT, default_specification=DRAFT202012)
)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


class Bad(Exception):
    """A request that the description does not know: code, parameter, in words."""

    def __init__(self, code: str, param: str, message: str) -> None:
        super().__init__(message)
        self.code, self.param = code, param


@dataclass(frozen=True)
class Operation:
    """One request of the API; `pointer` is where the document describes it."""

    name: str
    method: str
    template: str
    pointer: str

    @property
    def about(self) -> dict[str, Any]:
        found: dict[str, Any] = DOCUMENT["paths"][self.template][self.method]
        return found

    def body_schema(self) -> dict[str, str] | None:
        content = self.about.get("requestBody", {}).get("content", {})
        for kind in (FORM, JSON):
            if kind in content:
                return self._at(f"requestBody/content/{_escaped(kind)}/schema")
        return None

    def query_schema(self) -> dict[str, str] | None:
        return self._at("x-querySchema") if "x-querySchema" in self.about else None

    def answer_schema(self) -> dict[str, str]:
        return self._at(f"responses/200/content/{_escaped(JSON)}/schema")

    def _at(self, place: str) -> dict[str, str]:
        return {"$ref": f"{HERE}#{self.pointer}/{place}"}


def _escaped(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")


def _operations() -> Iterator[tuple[re.Pattern[str], Operation]]:
    for template, methods in DOCUMENT["paths"].items():
        shape = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", template)
        for method, about in methods.items():
            pointer = f"/paths/{_escaped(template)}/{method}"
            name = about["operationId"]
            yield re.compile(shape + "$"), Operation(name, method, template, pointer)


OPERATIONS = tuple(_operations())


def find(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of an address, with what stands in its holes."""
    for shape, operation in OPERATIONS:
        match = shape.match(path)
        if match and operation.method == method.lower():
            return operation, match.groupdict()
    return None


def check_request(schema: Mapping[str, str] | None, values: Any) -> None:
    """Refuse what the description does not allow, as Stripe words it."""
    if schema is None:
        if values:
            name = next(iter(values))
            raise Bad("parameter_unknown", name, f"Received unknown parameter: {name}")
        return
    error = best_match(_validator(schema["$ref"]).iter_errors(values))
    if error is not None:
        raise _bad(error)


def _bad(error: ValidationError) -> Bad:
    where = [str(part) for part in error.absolute_path]
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {})
        unknown = next(name for name in error.instance if name not in known)
        param = _bracketed([*where, unknown])
        return Bad("parameter_unknown", param, f"Received unknown parameter: {param}")
    if error.validator == "required":
        missing = next(n for n in error.validator_value if n not in error.instance)
        param = _bracketed([*where, missing])
        return Bad("parameter_missing", param, f"Missing required param: {param}.")
    param = _bracketed(where)
    return Bad("parameter_invalid", param, f"Invalid value for {param}")


def _bracketed(parts: list[str]) -> str:
    return parts[0] + "".join(f"[{part}]" for part in parts[1:]) if parts else ""


def check_answer(operation: Operation, answer: Any) -> None:
    """Our own answers keep to the description too: the stand-in cannot drift."""
    _validator(operation.answer_schema()["$ref"]).validate(answer)


@cache
def _validator(reference: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": reference}, registry=REGISTRY)


def decode(text: str, schema: Mapping[str, str] | None) -> dict[str, Any]:
    """A form or a query as nested values, typed as the schema says."""
    nested: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *rest = re.findall(r"[^\[\]]+", name) or [name]
        _put(nested, [first, *rest], value)
    if schema is None:
        return nested
    typed: dict[str, Any] = _typed(_described(schema), nested)
    return typed


def _put(into: dict[str, Any], parts: list[str], value: str) -> None:
    for part in parts[:-1]:
        into = into.setdefault(part, {})
    into[parts[-1]] = value


def _described(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema itself, its references followed."""
    while "$ref" in schema:
        pointer = schema["$ref"].partition("#")[2]
        found: Any = DOCUMENT
        for part in pointer.lstrip("/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


def _typed(schema: Mapping[str, Any], value: Any) -> Any:
    schema = _described(schema)
    for branch in schema.get("anyOf", ()):
        typed = _typed(branch, value)
        if _fits(branch, typed):
            return typed
    if isinstance(value, dict):
        return _typed_nested(schema, value)
    kinds = schema.get("type", "string")
    if "integer" in kinds and re.fullmatch(r"-?\d+", value):
        return int(value)
    if "boolean" in kinds and value in {"true", "false"}:
        return value == "true"
    return value


def _fits(branch: Mapping[str, Any], value: Any) -> bool:
    # A branch is part of the document: its references are looked up from there.
    whole = {**branch, "components": DOCUMENT["components"]}
    return Draft202012Validator(whole).is_valid(value)


def _typed_nested(schema: Mapping[str, Any], value: dict[str, Any]) -> Any:
    if "array" in schema.get("type", ""):
        return [_typed(schema.get("items", {}), value[key]) for key in sorted(value)]
    known = schema.get("properties", {})
    other = schema.get("additionalProperties")
    other = other if isinstance(other, dict) else {}
    return {key: _typed(known.get(key, other), each) for key, each in value.items()}
