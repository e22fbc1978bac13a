"""Effects set against each other: what a check finds, and how far two groups of regions differ in their effect."""
