"""Describe actions as OpenAPI for other languages and tools: in a document and in sanic-ext's pages."""
