"""The road from a config to a verdict, stage by stage, through the files of a run.

Each function reads the artefact of the stage before and writes its own. Artefacts know what they
were made from (digests), so one that is missing or out of date is made again and one that is
current is kept.
"""
