"""How Entrepot is put to work: on one machine, in an image, on Kubernetes."""
