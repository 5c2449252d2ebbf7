"""Entrepot on a cluster."""
