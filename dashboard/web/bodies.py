"""What others send us, read only as far as it may go: nobody can fill our memory."""

from starlette.requests import Request


async def read_body(request: Request, most: int) -> bytes | None:
    """The body; None as soon as it has, or announces, more than ``most`` bytes. Raises ``ClientDisconnect``."""
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > most:
        return None
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return bytes(body)
