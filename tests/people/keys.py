"""A device that makes and shows passkeys, played in the test process."""

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, SYNCABLE, SYNCED, ATTESTED = 1, 4, 8, 16, 64


class Device:
    """One passkey on one device; `verifies` says that it asks for finger or code."""

    def __init__(
        self, origin: str = "http://localhost", *, synced: bool = False
    ) -> None:
        self.origin, self.synced = origin, synced
        self.host = origin.partition("//")[2].partition(":")[0]
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.count = 0
        self.verifies = True

    def make(self, options: str) -> str:
        """The answer to a page that adds a passkey."""
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        named = bytes(16) + len(self.id).to_bytes(2, "big") + self.id
        data = self._data(ATTESTED) + named + public
        attested = {"fmt": "none", "attStmt": {}, "authData": data}
        client = self._client("webauthn.create", options)
        return self._sent(
            clientDataJSON=client, attestationObject=cbor2.dumps(attested)
        )

    def show(self, options: str) -> str:
        """The answer to a page that asks for a passkey."""
        self.count += 1
        client, data = self._client("webauthn.get", options), self._data()
        signed = data + hashlib.sha256(client).digest()
        return self._sent(
            clientDataJSON=client,
            authenticatorData=data,
            signature=self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
        )

    def _data(self, more: int = 0) -> bytes:
        flags = PRESENT | more | (VERIFIED if self.verifies else 0)
        flags |= SYNCABLE | SYNCED if self.synced else 0
        host = hashlib.sha256(self.host.encode()).digest()
        return host + bytes([flags]) + self.count.to_bytes(4, "big")

    def _client(self, kind: str, options: str) -> bytes:
        asked = json.loads(options)["challenge"]
        told = {"type": kind, "challenge": asked, "origin": self.origin}
        return json.dumps(told).encode()

    def _sent(self, **response: Any) -> str:
        name = bytes_to_base64url(self.id)
        return json.dumps(
            {
                "id": name,
                "rawId": name,
                "type": "public-key",
                "response": {
                    key: bytes_to_base64url(value) for key, value in response.items()
                },
                "clientExtensionResults": {},
            }
        )
