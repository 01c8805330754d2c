"""The forms of reports as data: drafted whole, checked, published, and those that come with a release."""
