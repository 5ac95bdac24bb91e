"""From latent courses to the tables a sponsor would receive."""
