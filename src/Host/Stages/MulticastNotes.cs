using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Host.Datapath.Groups;
using Weft.Host.Observe;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Host.Stages;

/// <summary>Puts into words what the multicast engine did with a traced frame.</summary>
internal static class MulticastNotes
{
    public static void Describe(PacketVector vector, ushort slot, MulticastDriver multicast, int segment, int place, MulticastOutcome outcome)
    {
        TraceRecorder trace = vector.Trace!;
        string name = multicast.Places.Topology.Plan.Segments[multicast.Places.Segments[segment]].Name;
        switch (outcome)
        {
            case MulticastOutcome.NotMulticast:
                trace.Note(StageId.Multicast, $"segment {name}: no IP multicast, flooded like broadcast");
                break;
            case MulticastOutcome.Control:
                DescribeControl(trace, vector, slot, name);
                break;
            case MulticastOutcome.Dropped:
                trace.Note(StageId.Multicast, $"segment {name}: {Words(multicast.Engine.LastDrop)}");
                break;
            default:
                DescribeProgram(trace, vector, slot, multicast, segment, place, name);
                break;
        }
    }

    private static void DescribeControl(TraceRecorder trace, PacketVector vector, ushort slot, string segment)
    {
        bool isForwarded = vector[slot].PendingSends > 0 || vector.Waiting(StageId.Encap) > 0;
        string text = $"segment {segment}: a message of {(vector[slot].Layout.IsIPv4 ? "IGMP" : "MLD")}, learned from";
        if (isForwarded)
        {
            trace.Note(StageId.Multicast, text);
        }
        else
        {
            trace.Consume(StageId.Multicast, text + "; no router is known that would want to hear it");
        }
    }

    private static void DescribeProgram(TraceRecorder trace, PacketVector vector, ushort slot, MulticastDriver multicast, int segment, int place, string name)
    {
        (IPv6Address source, IPv6Address group) = Addresses(vector.Bytes(slot), vector[slot].Layout);
        string flow = $"segment {name}: {MulticastPlanBuilder.Unmapped(source)} to {MulticastPlanBuilder.Unmapped(group)}";
        if (multicast.Engine.FindFlow(segment, place, group, source, multicast.Places.NameOf) is not FlowSnapshot found)
        {
            trace.Note(StageId.Multicast, $"{flow}, not recorded for want of memory");
            return;
        }

        trace.Note(StageId.Multicast, $"{flow}, recorded for {(found.Source is null ? "all sources" : "this source")}:");
        foreach (string action in found.Actions)
        {
            trace.Note(StageId.Multicast, $"  {action}");
        }
    }

    private static (IPv6Address Source, IPv6Address Group) Addresses(ReadOnlySpan<byte> frame, in PacketLayout layout)
    {
        ReadOnlySpan<byte> header = frame[layout.L3Offset..];
        return layout.IsIPv4
            ? (MulticastAddress.Map(IPv4Address.Read(header[12..])), MulticastAddress.Map(IPv4Address.Read(header[16..])))
            : (IPv6Address.Read(header[8..]), IPv6Address.Read(header[24..]));
    }

    private static string Words(MulticastDropReason reason) => reason switch
    {
        MulticastDropReason.HeaderChecksum => "the IPv4 header does not add up",
        MulticastDropReason.Checksum => "the message's checksum does not add up",
        MulticastDropReason.TimeToLive => "the message's TTL or hop limit is not 1",
        MulticastDropReason.RouterAlert => "MLD without router alert",
        MulticastDropReason.Source => "nobody may send the message from this address",
        MulticastDropReason.GuardedQuery => "the port accepts no queries",
        MulticastDropReason.RateLimited => "the port sent too many messages",
        _ => "the message's lengths do not fit",
    };
}
