"""The schema of a redirect as an outcome, which travels as ``{"location": ..., "data": ...}``."""

from __future__ import annotations

from typing import Annotated, Any, Final, get_args, get_origin

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from .._results import Redirect
from .._types.annotations import is_union, union_of


def with_redirects(annotation: Any) -> Any:
    """Return the output type with a schema for ``Redirect``, alone or as a member of a union."""
    if _is_redirect(annotation):
        return Annotated[annotation, _RedirectSchema()]
    members = get_args(annotation)
    if is_union(annotation) and any(map(_is_redirect, members)):
        return union_of(map(with_redirects, members))
    return annotation


def _is_redirect(annotation: Any) -> bool:
    return annotation is Redirect or get_origin(annotation) is Redirect


def _redirect_parts(redirect: Redirect[Any]) -> dict[str, object]:
    return {"location": redirect.to, "data": redirect.data}


def _redirect(parts: dict[str, Any]) -> Redirect[Any]:
    return Redirect(parts["location"], parts["data"])


_CONFIG: Final = core_schema.CoreConfig(ser_json_bytes="base64", val_json_bytes="base64")
"""A validator of a typed dict follows no configuration around it."""


class _RedirectSchema:
    def __get_pydantic_core_schema__(
        self,
        source: Any,
        handler: GetCoreSchemaHandler,
    ) -> CoreSchema:
        # Redirect alone is Redirect[None].
        data = handler.generate_schema((get_args(source) or (None,))[0])
        shape = core_schema.typed_dict_schema(
            {
                "location": core_schema.typed_dict_field(core_schema.str_schema()),
                "data": core_schema.typed_dict_field(data, required=True),
            },
            extra_behavior="forbid",
            config=_CONFIG,
        )
        redirect = core_schema.no_info_after_validator_function(_redirect, shape)
        serialization = core_schema.plain_serializer_function_ser_schema(
            _redirect_parts,
            return_schema=shape,
        )
        return core_schema.json_or_python_schema(
            json_schema=redirect,
            # Its data is validated like any output, since the serializer alone accepts None and
            # other models.
            python_schema=core_schema.chain_schema(
                [
                    core_schema.is_instance_schema(Redirect),
                    core_schema.no_info_before_validator_function(_redirect_parts, redirect),
                ]
            ),
            serialization=serialization,
        )
