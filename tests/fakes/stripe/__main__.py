"""`python -m tests.fakes.stripe PORT`: the stand-in by itself, for the demo."""

import sys

from tests.fakes.stripe.server import StandIn


def main() -> None:
    server = StandIn(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    server.store.available_cents = 1_000_000_00
    sys.stdout.write(f"A stand-in for Stripe, not Stripe: {server.url}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
