"""The compiled part of compacting: scores, losses and gradients of networks of tables."""
