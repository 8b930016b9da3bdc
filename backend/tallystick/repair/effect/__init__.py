"""What repair does, measured: repaired loans beside like ones that were not repaired."""
