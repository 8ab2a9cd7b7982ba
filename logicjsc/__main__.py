"""``python -m logicjsc``."""

from logicjsc.cli.main import main

main(prog_name="logicjsc")
