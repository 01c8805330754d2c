# mypy: disable-error-code="misc, no-any-unimported, no-any-return"
"""Serializer, view and address."""

from typing import Any

from django.urls import path
from rest_framework.generics import ListCreateAPIView
from rest_framework.serializers import ModelSerializer

from benchmarks.naive_drf.models import Incident
from benchmarks.naive_table import PAGE


class IncidentSerializer(ModelSerializer):
    class Meta:
        model = Incident
        fields = "__all__"


class IncidentList(ListCreateAPIView):
    serializer_class = IncidentSerializer

    def get_queryset(self) -> Any:  # noqa: ANN401 (Django has no types)
        return Incident.objects.all()[:PAGE]


urlpatterns = [path("incidents", IncidentList.as_view())]
