"""The URLs of the clinic."""

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from . import views


router = DefaultRouter()
router.register("appointments", views.Appointments)

urlpatterns = [path("api/", include(router.urls)), path("twilio/", views.twilio)]
