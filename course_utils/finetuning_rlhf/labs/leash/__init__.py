"""The leash lab of notebook 04: PPO live, the KL coefficient on a slider."""
