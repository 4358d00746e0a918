"""Processes that a launcher starts: whether they answer yet, and their end."""

import asyncio
from asyncio.subprocess import Process

import httpx


async def answers(http: httpx.AsyncClient, url: str) -> bool:
    """Whether the URL answers 200; a port that is not open yet is no error."""
    try:
        return (await http.get(url)).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


async def stop(process: Process, seconds: float) -> None:
    """Ask the process to end, and end it when it has not after so long."""
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(seconds):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
