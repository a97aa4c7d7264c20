"""What is measured on a sampled frame."""
