using Weft.Encap;

namespace Weft.Conformance.EncapTests;

/// <summary>One frame length on one kind of path.</summary>
internal sealed record FragmentCase(int Length, int Mtu, bool IPv6, OuterChecksum Checksum, FragmentSplit Split, int Seed, TunnelProtocol Protocol = TunnelProtocol.Geneve);
