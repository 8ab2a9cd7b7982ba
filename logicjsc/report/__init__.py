"""What people see: tables, progress bars, descriptions of artefacts."""
