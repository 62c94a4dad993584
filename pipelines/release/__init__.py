"""Releases: made complete and checked before `current` moves, kept, compared, signed and held against agreements."""
