"""Which headers does every reply carry?"""


class NoStoreMiddleware:
    """Signed-in replies are never kept by a browser or a proxy: a shared laptop shows nothing."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers["Cache-Control"] = "no-store"
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
