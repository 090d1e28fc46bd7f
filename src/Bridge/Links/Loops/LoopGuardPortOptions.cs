using Weft.Packets;

namespace Weft.Bridge;

/// <summary>How a <see cref="LoopGuard"/> asks at one port.</summary>
public sealed record LoopGuardPortOptions
{
    /// <summary>Shortest <see cref="Interval"/>.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest <see cref="Interval"/>.</summary>
    public static readonly TimeSpan MaxInterval = TimeSpan.FromMinutes(5);

    /// <summary>VLANs in which probes leave, 0 for an untagged one; none if the port sends no probes. A loop is perhaps in one VLAN alone.</summary>
    public IReadOnlyList<ushort> Vlans { get; init; } = [];

    /// <summary>
    /// Time between two probes, 100 ms to 5 min. With more than <see cref="LoopGuard.VlansAtOnce"/> VLANs as many are asked at a time, in turn.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    internal void Validate(int port)
    {
        if (Interval < MinInterval || Interval > MaxInterval)
        {
            throw new ArgumentException($"{nameof(Interval)} of port {port} is {Interval.TotalSeconds} s; the allowed range is {MinInterval.TotalSeconds} to {MaxInterval.TotalSeconds} s.");
        }

        foreach (ushort vlan in Vlans)
        {
            if (vlan > VlanTag.MaxVlanId)
            {
                throw new ArgumentException($"{nameof(Vlans)} of port {port} has {vlan}; the allowed range is 0 to {VlanTag.MaxVlanId}.");
            }
        }
    }
}
