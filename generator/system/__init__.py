"""What Footfall needs from the operating system: files, processes, signals, options and environment variables."""
