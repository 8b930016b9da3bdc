"""What accounts have in loans: sums of every claim's flows, kept so that reading them costs the
same however many claims there are."""
