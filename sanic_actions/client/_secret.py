"""Secrets in an input, which must reach the server in clear."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


class Revealed:
    """Marks a secret that is sent in clear: ``Annotated[SecretStr, Revealed]``. pydantic alone would send asterisks."""

    @staticmethod
    def __get_pydantic_core_schema__(source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        schema = handler(source)
        serialization = core_schema.plain_serializer_function_ser_schema(_reveal, when_used="json")
        return core_schema.no_info_after_validator_function(lambda secret: secret, schema, serialization=serialization)


def _reveal(secret: Any) -> Any:
    return secret.get_secret_value()
