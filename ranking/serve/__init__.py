"""Decisions over HTTP: tokens, releases, the service."""
