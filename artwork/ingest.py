"""The orchestration of a title, readable top to bottom."""
