"""From a candidate to its renditions: the crop for every canvas, the title on it, the files to send."""
