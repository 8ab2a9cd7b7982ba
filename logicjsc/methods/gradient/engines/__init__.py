"""What makes the optimiser's steps: several engines, all on the same modules."""
