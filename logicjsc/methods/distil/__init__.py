"""A teacher: what larger float networks, which never saw a jet's label, make of that jet.

Labels are noisy: even the best classifier is wrong on a quarter of the jets. Whoever learns from a
teacher's probabilities instead is spared most of that noise (distillation: Hinton, Vinyals and
Dean, arXiv:1503.02531), but a teacher knows the labels of its own training jets by heart. So it is
cross-fitted: the training jets are dealt into folds, and each fold is judged by networks trained on
the others.
"""
