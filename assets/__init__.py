"""Everything that is not Python: vocabularies, manifests, storyboards, page templates."""
