"""Credit repair: from an application to a plan, both signatures, supervision, restored standing."""
