"""The hall: every process starts here, and only here are parts wired together."""
