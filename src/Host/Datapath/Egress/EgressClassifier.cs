using Weft.Host.Config;
using Weft.Packets;

namespace Weft.Host.Datapath.Egress;

/// <summary>Says which queue a frame that leaves waits in.</summary>
internal sealed class EgressClassifier(SchedulerPlan plan)
{
    private const int DscpShift = 2;

    /// <summary>Addresses of IEEE 802.1D table 7-10, by which neighbours keep the link itself alive.</summary>
    private const ulong LinkGroup = 0x0180_C200_0000, LinkGroupMask = 0xFFFF_FFFF_FFF0;
    private const byte LinkQueue = 7;

    private readonly byte[] _ofDscp = [.. plan.QueueOfDscp];
    private readonly byte[] _ofPriority = [.. plan.QueueOfPriority];

    public int QueueOf(ReadOnlySpan<byte> frame)
    {
        if (!PacketLayout.TryParse(frame, out PacketLayout layout))
        {
            return _ofDscp[0];
        }

        if ((MacAddress.Read(frame).Value & LinkGroupMask) == LinkGroup)
        {
            return LinkQueue;
        }

        bool isIP = layout.IsIPv4 || layout.IsIPv6;
        bool isTagged = layout.VlanTags > 0;
        return isTagged && (plan.ByPriority || !isIP) ? _ofPriority[new VlanTci(layout.OuterTci).Priority]
            : _ofDscp[TrafficClass.Read(frame, layout) >> DscpShift];
    }
}
