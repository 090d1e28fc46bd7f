using Weft.Packets;

namespace Weft.Services;

/// <summary>What all visits of one burst share.</summary>
internal struct ServiceBurst
{
    public Timestamp Now;
    public ServiceDirection Direction;
    public ServiceOutbox Outbox;

    /// <summary>Ticks of the set's clock at which the machine's time for the burst is over; <see cref="long.MaxValue"/> if it has no bound.</summary>
    public long Deadline;

    /// <summary>Place, among the packets handed to a slot, of the one it is busy with: if it throws, this one is to blame.</summary>
    public int Position;

    /// <summary>A packet has come to its end, so that not all visit the same services any more.</summary>
    public bool Diverges;

    /// <summary>A packet of the burst asked for another classification.</summary>
    public bool Reclassifies;

    /// <summary>Keys of the first packet of a flow in front of a service that may make it another's.</summary>
    public FlowKey4 Before4;
    public FlowKey6 Before6;

    /// <summary>Bounds what services make longer.</summary>
    public TooBig TooBig;

    /// <summary>Answers rejected packets.</summary>
    public Rejections Rejections;

    /// <summary>Notes what a packet is before a service may make it one of another flow.</summary>
    public void Remember(ReadOnlySpan<byte> frame, in PacketLayout layout, ref ServiceLane lane)
    {
        lane.TcpBefore = ServiceSet.FlagsOf(frame, layout);
        if ((lane.Flags & FlowFlags.First) != 0 && !FlowKey4.TryRead(frame, layout, out Before4))
        {
            _ = FlowKey6.TryRead(frame, layout, out Before6);
        }
    }
}
