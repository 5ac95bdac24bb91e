"""What is believed before and at a look: beta mixtures, borrowing, predictive probability, assurance."""
