"""Describe actions as OpenAPI, for other languages and tools: as a document, and in sanic-ext's pages."""
