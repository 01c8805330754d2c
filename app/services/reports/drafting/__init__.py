"""Drafts: begun, edited section by section, made stale by a new roster count."""
