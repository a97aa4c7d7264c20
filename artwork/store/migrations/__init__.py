"""The history of the catalogue's tables, run by `artwork.store.database`."""
