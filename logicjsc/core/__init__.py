"""What every other room may use: errors, files, external programs, settings."""
