"""Which addresses do the revisit pages have?"""

app_name = "revisits"
urlpatterns: list = []
