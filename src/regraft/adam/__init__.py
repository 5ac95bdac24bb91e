"""Analysis sets as sponsors hand them on (CDISC ADaM), made from study tables and the endpoints derived from them."""
