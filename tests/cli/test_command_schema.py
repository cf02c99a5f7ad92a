import json
from pathlib import Path

import pytest

from generator.spec.schema import json_schema


class TestSchema:
    @pytest.mark.parametrize("form", ["documented", "wire"])
    def test_the_schema_of_a_form_is_printed(self, said, form):
        """It is the specification's own, as JSON."""
        assert json.loads(said("schema", "--form", form)[1]) == json_schema(form)

    def test_one_eid_can_be_asked_for(self, said):
        """--eid gives the schema of one kind of event."""
        schema = json.loads(said("schema", "--eid", "ASSESS")[1])

        assert schema["title"] == "ASSESS"
        assert "$schema" in schema

    def test_it_can_go_to_a_file(self, said):
        """-o writes the file, and nothing to standard output."""
        assert said("schema", "-o", "x.json")[1] == ""
        assert json.loads(Path("x.json").read_text()) == json_schema()
