using Weft.Multicast;

namespace Weft.Host.Datapath.Groups;

/// <summary>Counters of the engine, summed over configurations.</summary>
internal readonly record struct MulticastTotals(MulticastCounters Frames, SnoopingCounters Messages)
{
    public static MulticastTotals operator +(in MulticastTotals left, in MulticastTotals right) =>
        new(left.Frames + right.Frames, left.Messages + right.Messages);
}
