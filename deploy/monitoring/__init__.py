"""What watches Entrepot: objectives, alerts and their runbooks."""
