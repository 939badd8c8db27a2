"""The desk: the one API of the office (api), its wire (wire, remote, server), and the actor that writes."""
