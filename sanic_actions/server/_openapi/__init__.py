"""Describes actions as OpenAPI, for other languages and tools: a document of its own, and part of sanic-ext's."""
