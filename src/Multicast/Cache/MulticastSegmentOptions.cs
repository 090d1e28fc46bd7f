using Weft.Packets;

namespace Weft.Multicast;

/// <summary>How a segment replicates.</summary>
public sealed record MulticastSegmentOptions
{
    /// <summary>The ports of the segment, each once. Replicas leave in this order.</summary>
    public required IReadOnlyList<SegmentMember> Members { get; init; }

    /// <summary>How remote tunnel endpoints are reached.</summary>
    public ReplicationMode Replication { get; init; }

    /// <summary>
    /// True to send to those remote tunnel endpoints only from which the group was joined; false, the default, to all of them. It needs
    /// every switch to send its reports to all (<see cref="SnoopingSegmentOptions.ReportPorts"/>).
    /// </summary>
    public bool SelectiveVteps { get; init; }

    /// <summary>In mode <see cref="ReplicationMode.Hybrid"/>, the port that stands for the underlay's group; it is no member.</summary>
    public int UnderlayGroupPort { get; init; } = -1;

    /// <summary>MAC address of the router in this segment: source of what is routed into it. Zero, the default, if nothing is.</summary>
    public MacAddress RouterMac { get; init; }

    internal void Validate(int segment, int ports)
    {
        var seen = new HashSet<int>();
        foreach (SegmentMember member in Members)
        {
            SnoopingOptions.Check(
                (uint)member.Port < (uint)ports && seen.Add(member.Port),
                $"{nameof(Members)} of segment {segment} must name each port from 0 to {ports - 1} at most once; port {member.Port} is wrong.");
            SnoopingOptions.Check(member.Vlan <= 4094, $"{nameof(SegmentMember.Vlan)} of port {member.Port} in segment {segment} must be 0 to 4,094, not {member.Vlan}.");
            SnoopingOptions.Check(!member.IsVtep || member.Vlan == 0, $"Port {member.Port} of segment {segment} is a tunnel endpoint and has no {nameof(SegmentMember.Vlan)}.");
            SnoopingOptions.Check(
                OuterHeader.IsValid(member.OuterHeader.Span),
                $"{nameof(SegmentMember.OuterHeader)} of port {member.Port} in segment {segment} must be an untagged IPv4 or IPv6 UDP header of 50 to 128 bytes.");
        }

        SnoopingOptions.Check(
            Replication != ReplicationMode.Hybrid || (uint)UnderlayGroupPort < (uint)ports,
            $"{nameof(UnderlayGroupPort)} of segment {segment} must be a port from 0 to {ports - 1} in mode {ReplicationMode.Hybrid}.");
    }
}
