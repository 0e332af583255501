"""The whole union in one process, and the made-up region and business day that it runs on."""
