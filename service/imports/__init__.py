"""What other systems send, brought in: read, then plan, then apply."""
