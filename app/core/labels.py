"""Which set of labels names the words of a field, for people: OpenAPI's `x-labels`, and `GET /labels`."""

from dataclasses import dataclass

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

LABELS = "x-labels"


@dataclass(frozen=True, slots=True)
class LabelledBy:
    """Marks a field whose words have labels in a set, as `Annotated[Literal["a", "b"], LabelledBy("thing_state")]`."""

    name: str

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(schema) | {LABELS: self.name}
