"""The acute model as SBML, for any other engine: equations traced from the compiled functions, the bedside replayed."""
