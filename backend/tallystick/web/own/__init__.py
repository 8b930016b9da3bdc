"""Pages about whoever is signed in: one module for each, over the API's own routes."""
