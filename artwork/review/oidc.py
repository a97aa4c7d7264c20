"""Coming in through an OpenID Connect provider."""

from fastapi import APIRouter

router = APIRouter()
