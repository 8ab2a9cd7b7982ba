"""Commands of ``logicjsc data`` that are about jets only."""
