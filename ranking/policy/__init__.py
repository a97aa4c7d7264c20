"""From beliefs to probabilities to one picture: guardrails, policies, the draw."""
