"""Films made of a text file: shots, cuts and faces that are known, for the demo and for tests.

script       what a storyboard says, and the truth about its timeline
pigments     colours, gradients, noise, cut-outs
skies land props   painted pictures
photographs  real pictures that installed packages ship
grades       looks
atmosphere   weather, grain, flashes
lettering    words on the picture
take         one shot, frame by frame
source       the film in memory (a VideoSource)
encoding     the film as a file
"""

from artwork.film.storyboard.encoding import encode, encoded_digest
from artwork.film.storyboard.script import Storyboard, StoryboardError, load_storyboard, read_storyboard
from artwork.film.storyboard.source import StoryboardFrame, StoryboardSource

__all__ = [
    "Storyboard",
    "StoryboardError",
    "StoryboardFrame",
    "StoryboardSource",
    "encode",
    "encoded_digest",
    "load_storyboard",
    "read_storyboard",
]
