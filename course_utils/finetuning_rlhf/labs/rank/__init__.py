"""The rank lab of notebook 04: what is left of a finetuning that is cut to a rank."""
