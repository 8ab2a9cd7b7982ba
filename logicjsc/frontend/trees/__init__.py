"""Boosted trees and forests as netlists: thresholds as encoder, trees as tables, leaves as sums."""
