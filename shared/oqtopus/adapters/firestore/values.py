"""Documents and writes as messages of Firestore's protocol, and back.

The SDK's own snapshots and batches copy and wrap each document several times, which costs a search of twenty agents
several milliseconds.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from google.cloud.firestore_v1 import DELETE_FIELD, Increment, Maximum, Minimum, types

from oqtopus.adapters.firestore.documents import Create, Delete, Document, Update, Write

# Any, here and below: the messages of protobuf are made at run time and have no static types.
_WriteMessage: Final[Any] = types.Write.pb()
_SCALARS: Final = {
    bool: "boolean_value",
    int: "integer_value",
    float: "double_value",
    str: "string_value",
    bytes: "bytes_value",
}


# What becomes of a number that a commit finds, without anybody having read it.
_TRANSFORMS: Final = {Increment: "increment", Minimum: "minimum", Maximum: "maximum"}


def document_of(message: Any) -> Document:
    return Document(_decoded_map(message.fields), message.update_time)


def message_of(write: Write, name: str) -> Any:
    """The write to the document of this full name; its transforms are in the order of the fields."""
    message = _WriteMessage()
    match write:
        case Delete():
            message.delete = name
        case Create(fields=fields):
            _set_fields(message, name, fields)
            message.current_document.exists = False
        case _:
            _set_fields(message, name, write.fields)
            # Even an empty mask says that the other fields stay.
            message.update_mask.SetInParent()
            message.update_mask.field_paths.extend(message.update.fields)
            # A field that is in the mask and has no value goes.
            message.update_mask.field_paths.extend(
                field for field, value in write.fields.items() if value is DELETE_FIELD
            )
    if isinstance(write, Update | Delete) and write.version is not None:
        message.current_document.update_time.CopyFrom(write.version)
    elif isinstance(write, Update) or (isinstance(write, Delete) and write.must_exist):
        message.current_document.exists = True
    return message


def counts_of(write: Write, result: Any) -> dict[str, int]:
    """The new values of the whole numbers that the write has transformed."""
    fields = {} if isinstance(write, Delete) else write.fields
    names = [name for name, value in fields.items() if type(value) in _TRANSFORMS]
    results = zip(names, result.transform_results, strict=True)
    return {name: value.integer_value for name, value in results if value.WhichOneof("value_type") == "integer_value"}


def _set_fields(message: Any, name: str, fields: Mapping[str, Any]) -> None:
    message.update.name = name
    for field, value in fields.items():
        if (transform := _TRANSFORMS.get(type(value))) is not None:
            _encode(value.value, getattr(message.update_transforms.add(field_path=field), transform))
        elif value is not DELETE_FIELD:
            _encode(value, message.update.fields[field])


def _encode(value: Any, target: Any) -> None:
    match value:
        case None:
            target.null_value = 0
        case bool() | int() | float() | str() | bytes():
            setattr(target, _SCALARS[type(value)], value)
        case datetime():
            target.timestamp_value.FromDatetime(value)
        case list():
            target.array_value.SetInParent()
            for each in value:
                _encode(each, target.array_value.values.add())
        case dict():
            target.map_value.SetInParent()
            for name, each in value.items():
                _encode(each, target.map_value.fields[name])
        case _:
            raise TypeError(f"Firestore keeps no {type(value).__name__}")


def _decoded_map(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _decoded(value) for name, value in fields.items()}


def _decoded(value: Any) -> Any:
    match value.WhichOneof("value_type"):
        case "timestamp_value":
            return value.timestamp_value.ToDatetime(UTC)
        case "array_value":
            return [_decoded(each) for each in value.array_value.values]
        case "map_value":
            return _decoded_map(value.map_value.fields)
        case "null_value":
            return None
        case kind:
            return getattr(value, kind)
