"""How a person is told: signed webhooks, e-mail and Slack."""
