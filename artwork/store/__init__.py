"""Where titles, frames, pictures and model files are kept."""
