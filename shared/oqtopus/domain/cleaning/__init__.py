"""The stages that `oqtopus.domain.clean_text` sends a text through, one after the other."""
