"""fibermap over HTTP: address checks for integrators, and what the screens need."""
