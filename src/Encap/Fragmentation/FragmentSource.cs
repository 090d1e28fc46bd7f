namespace Weft.Encap;

/// <summary>Where a fragment came from; with the datagram id it names a frame.</summary>
/// <param name="Remote">Remote tunnel endpoint: the outer source.</param>
/// <param name="Vni">Virtual network.</param>
/// <param name="Tunnel">Number of the local endpoint, chosen by the caller: the same remote may reach two of them.</param>
public readonly record struct FragmentSource(VtepAddress Remote, uint Vni, uint Tunnel);
