"""A fictional Trust to try the service with: every child, family, worker and figure is invented."""
