"""Programs that call the blog through its generated client package, in exact types."""
