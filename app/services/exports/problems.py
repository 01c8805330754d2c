"""How exports refuse a request."""

from app.core.problems import define

EXPORT_TOO_LARGE = define(
    "export_too_large",
    422,
    "Danh sách có nhiều dòng hơn mức cho phép của một lần xuất; hãy thu hẹp",
    "The list has more rows than one export may have; narrow it",
)
