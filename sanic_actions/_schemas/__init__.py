"""Changes to pydantic's core schemas, before they validate inputs and write outputs.

Each file is one change, with the reason for it; ``_wire.py`` applies them in order.
"""
