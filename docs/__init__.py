"""The documentation: pages in Markdown, and the modules that write some of them."""
