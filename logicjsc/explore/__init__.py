"""Many runs compared: studies, the frontier of accuracy against area, the zoo."""
