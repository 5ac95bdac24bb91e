"""One patient's life: disease, treatment and therapy joined into a latent course."""
