"""Importers: orders that were taken elsewhere, played through the API at their own dates."""
