"""Pictures of an explanation. matplotlib is loaded by the first one."""
