"""What is true on the Little Web; who may import it stands in docs/architecture.md."""
