"""How a person is told: signed webhooks, e-mail, and webhooks that Slack takes."""
