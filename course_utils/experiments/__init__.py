"""What composes several stages; a stage never imports from here."""
