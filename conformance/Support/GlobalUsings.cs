// FsCheck has address types of its own; in these tests the names mean ours.
global using IPv4Address = Weft.Packets.IPv4Address;
global using IPv6Address = Weft.Packets.IPv6Address;
