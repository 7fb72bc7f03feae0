"""Describe actions as OpenAPI for other languages: in a document and in sanic-ext's pages."""
