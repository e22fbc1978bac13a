"""One study under many choices: variations, and the one way jobs are run."""
