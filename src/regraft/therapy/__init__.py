"""Drugs that modify the disease without a transplant, and steroids."""
