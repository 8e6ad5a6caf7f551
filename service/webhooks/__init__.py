"""What is sent to the receivers of webhooks: the message, its signature, and the way there."""
