"""What screens and exports look at: one language of filters, and read-only views of the plan."""
