"""Form fields, both directions: from values to controls, and from controls to values by the declared types."""

from .plan import FormPlan, encode_fields

__all__ = ["FormPlan", "encode_fields"]
