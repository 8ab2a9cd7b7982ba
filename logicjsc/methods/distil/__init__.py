"""Teachers: class probabilities of each training sample by networks that were not trained on it.

Labels are noisy: even the best classifier is wrong on a quarter of the samples. A network that
learns from a teacher's probabilities is spared most of that noise (distillation: Hinton, Vinyals
and Dean, arXiv:1503.02531). A teacher overfits the labels of its own training samples, so it is
cross-fitted: the samples are divided into folds, and networks trained on all other folds give the
probabilities of each.
"""
