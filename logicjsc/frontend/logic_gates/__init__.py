"""Differentiable logic-gate networks of difflogic and torchlogix."""
