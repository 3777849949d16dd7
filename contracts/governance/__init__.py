"""How the network itself changes: proposals, ballots, and what validators do by themselves."""
