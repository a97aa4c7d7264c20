"""Taste to decision: serving, learning and judging."""
