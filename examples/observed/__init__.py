"""Two services whose handlers hold their business and nothing else: what surrounds them stands around them."""
