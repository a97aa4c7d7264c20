"""The page for creative teams: what the software proposes, and what people decide."""
