"""One page about a result: everything that is known of it, from what others have measured."""
