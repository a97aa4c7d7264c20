"""Film decoding: a source of frames, shots, sampled stills."""
