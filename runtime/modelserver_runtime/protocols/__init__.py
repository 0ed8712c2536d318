"""Wire formats as pure functions: bytes or messages in, neutral requests out, and back."""
