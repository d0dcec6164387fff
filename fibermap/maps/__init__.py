"""Maps that open anywhere, without a network: everything they need is in the one HTML file."""
