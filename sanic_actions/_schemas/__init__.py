"""What is changed in the core schemas of pydantic before they read and write inputs and outputs."""
