"""What commands print and which options several of them have."""
