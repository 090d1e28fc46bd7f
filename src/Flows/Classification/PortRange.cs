namespace Weft.Flows;

/// <summary>Ports, or ICMP types or codes, from one to another, both included.</summary>
/// <param name="First">The lowest.</param>
/// <param name="Last">The highest, not below <paramref name="First"/>.</param>
public readonly record struct PortRange(ushort First, ushort Last)
{
    /// <summary>True if a number is in the range.</summary>
    public bool Contains(ushort port) => port >= First && port <= Last;
}
