using Weft.Packets;

namespace Weft.Mesh;

/// <summary>
/// The addresses that stand for machines where applications and the agent meet, and the arithmetic that gives them out: from the
/// number of a machine, the place of an address and a port follows everything, on every machine alike, and nothing needs to be remembered.
/// </summary>
/// <remarks>
/// <code>
/// quarter   stands for                                          whose side    called
///  0        address k of machine m, as a client                 agent         LC(m, k)
///  1        address k of machine m, as a server: the listeners  agent         LS(m, k, port / count)
///  2        own address k, as a client                          application   LR(k)
///  3        own address k, as a server                          application   LD(k)
/// </code>
/// So the first half of the pool is local to the agent and the second half is reached through the translator.
/// </remarks>
public sealed record LoopbackPool
{
    /// <summary>Shortest IPv4 prefix.</summary>
    public const int MinIPv4Length = 8;

    /// <summary>Longest IPv4 prefix.</summary>
    public const int MaxIPv4Length = 22;

    /// <summary>Shortest IPv6 prefix.</summary>
    public const int MinIPv6Length = 64;

    /// <summary>Longest IPv6 prefix.</summary>
    public const int MaxIPv6Length = 96;

    /// <summary>127.64.0.0/10 by default: on Linux every address of 127.0.0.0/8 is there without being set up.</summary>
    public IPv4Prefix IPv4 { get; init; } = IPv4Prefix.Parse("127.64.0.0/10");

    /// <summary>
    /// fd6d:6573:6800::/64 by default, a unique local prefix (RFC 4193); IPv6 has one loopback address only. The agent needs a local route for it.
    /// </summary>
    public IPv6Prefix IPv6 { get; init; } = IPv6Prefix.Parse("fd6d:6573:6800::/64");

    /// <summary>Ports of listeners.</summary>
    public RedirectPorts RedirectPorts { get; init; } = RedirectPorts.Default;

    /// <summary>How many machines the pool has room for: they are numbered 0 to one less.</summary>
    public int MaxMachines
    {
        get
        {
            ulong perMachine = (ulong)(MeshMachine.MaxAddresses * RedirectPorts.Chunks);
            ulong fit = Math.Min((QuarterSize(true) - 1) / perMachine, (QuarterSize(false) - 1) / perMachine);
            return (int)Math.Min(fit, MachineId.MaxNumber + 1UL);
        }
    }

    /// <summary>The half of the pool whose addresses are the agent's, as prefixes.</summary>
    public (IPv4Prefix IPv4, IPv6Prefix IPv6) AgentSide => Half(0);

    /// <summary>The half that stands for the machine's own applications.</summary>
    public (IPv4Prefix IPv4, IPv6Prefix IPv6) ApplicationSide => Half(2);

    /// <summary>True if the address is one of the pool.</summary>
    public bool Contains(IPv6Address address) =>
        MeshAddress.IsIPv4(address) ? IPv4.Contains(MeshAddress.ToIPv4(address)) : IPv6.Contains(address);

    /// <summary>LC: stands for an address of another machine as a client. The agent binds to it before it connects to a server application.</summary>
    internal IPv6Address ClientOf(MachineId machine, int place, bool isIPv4) => At(0, 1 + Place(machine, place), isIPv4);

    /// <summary>LS: where the agent listens for what local applications send to a service.</summary>
    internal MeshEndpoint ListenerOf(MachineId machine, int place, bool isIPv4, ushort port) =>
        new(At(1, 1 + (Place(machine, place) * (ulong)RedirectPorts.Chunks) + (ulong)RedirectPorts.ChunkFor(port), isIPv4), RedirectPorts.PortFor(port));

    /// <summary>LR: stands for an own address as a client.</summary>
    internal IPv6Address RedirectSource(int place, bool isIPv4) => At(2, 1 + (ulong)place, isIPv4);

    /// <summary>LD: stands for an own address as a server.</summary>
    internal IPv6Address RestoreDestination(int place, bool isIPv4) => At(3, 1 + (ulong)place, isIPv4);

    internal void Validate()
    {
        if (IPv4.Length is < MinIPv4Length or > MaxIPv4Length)
        {
            throw new ArgumentOutOfRangeException(nameof(IPv4), IPv4, $"{nameof(IPv4)} must be a prefix of {MinIPv4Length} to {MaxIPv4Length} bits.");
        }

        if (IPv6.Length is < MinIPv6Length or > MaxIPv6Length)
        {
            throw new ArgumentOutOfRangeException(nameof(IPv6), IPv6, $"{nameof(IPv6)} must be a prefix of {MinIPv6Length} to {MaxIPv6Length} bits.");
        }
    }

    private static ulong Place(MachineId machine, int place) => ((ulong)machine.Number * MeshMachine.MaxAddresses) + (ulong)place;

    private ulong QuarterSize(bool isIPv4) => 1UL << ((isIPv4 ? 32 - IPv4.Length : 128 - IPv6.Length) - 2);

    private IPv6Address At(int quarter, ulong offset, bool isIPv4)
    {
        ulong at = ((ulong)quarter * QuarterSize(isIPv4)) + offset;
        return isIPv4
            ? IPv6Address.MapIPv4(new IPv4Address(IPv4.Address.Value + (uint)at))
            : new IPv6Address(IPv6.Address.High, IPv6.Address.Low + at);
    }

    private (IPv4Prefix IPv4, IPv6Prefix IPv6) Half(int quarter) =>
        (new IPv4Prefix(MeshAddress.ToIPv4(At(quarter, 0, isIPv4: true)), IPv4.Length + 1),
            new IPv6Prefix(At(quarter, 0, isIPv4: false), IPv6.Length + 1));
}
