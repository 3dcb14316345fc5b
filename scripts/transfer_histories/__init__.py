"""The steps and attacks of scripts/transfer-histories, and the model that says how each must end."""
