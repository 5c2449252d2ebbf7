"""Two evenings on a stack of their own: what comes of them, and what whoever runs it can see."""
