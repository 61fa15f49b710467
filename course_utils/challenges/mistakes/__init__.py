"""What a wrong answer to a challenge betrays, one file a notebook."""
