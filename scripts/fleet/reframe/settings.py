"""ReFrame's configuration: this machine, by its local scheduler. A cluster's own configuration does as well."""

site_configuration = {
    "systems": [
        {
            "name": "here",
            "hostnames": [".*"],
            "partitions": [{"name": "local", "scheduler": "local", "launcher": "local", "environs": ["builtin"]}],
        }
    ],
}
