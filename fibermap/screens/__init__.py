"""What everybody's screens have in common: the imagery under the map, its title, whether the public may look."""
