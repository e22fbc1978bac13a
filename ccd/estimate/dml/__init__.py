"""Double machine learning: a policy's effect with controls that enter in whatever form a learner finds."""
