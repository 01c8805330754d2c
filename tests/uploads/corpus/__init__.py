"""Hostile and odd files of rows, made here: none is stored. All invented."""
