"""The steps that bring an event log of any age to this version."""
