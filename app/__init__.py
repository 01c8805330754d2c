"""An Toàn Học Đường: the backend of a province's programme for pupils' safety."""

__version__ = "0.1.0"
