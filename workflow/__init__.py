"""How a record may change and who may do it: no models, no words of one app."""
