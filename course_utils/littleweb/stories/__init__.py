"""The stories of the Little Web: a simulator that tells them and a parser that reads them back."""
