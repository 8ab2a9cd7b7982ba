"""A teacher: what larger float networks, which never saw a sample's label, make of that sample.

Labels are noisy: even the best classifier is wrong on a quarter of the samples. Whoever learns from a
teacher's probabilities instead is spared most of that noise (distillation: Hinton, Vinyals and
Dean, arXiv:1503.02531), but a teacher knows the labels of its own training samples by heart. So it is
cross-fitted: the training samples are dealt into folds, and each fold is judged by networks trained on
the others.
"""
