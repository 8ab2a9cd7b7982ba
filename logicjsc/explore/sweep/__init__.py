"""Many runs from one file: grids over settings, seeds repeated, finished runs never repeated."""
