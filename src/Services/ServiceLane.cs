using Weft.Flows;
using Weft.Packets;

namespace Weft.Services;

/// <summary>One packet of a burst on its way through the services.</summary>
internal unsafe struct ServiceLane
{
    /// <summary>State of its flow; the slots know their places in it.</summary>
    public byte* State;

    /// <summary>Services that it has still to visit.</summary>
    public ulong Remaining;

    /// <summary>Services of its flow, and those that passed it by.</summary>
    public ulong Chosen;
    public ulong PassedBy;

    /// <summary>Services that its flow need not visit any more in this direction.</summary>
    public ulong Left;

    /// <summary>Its flow; <see cref="FlowHandle.None"/> until the flow of a first packet is remembered.</summary>
    public FlowHandle Handle;

    public FlowFlags Flags;
    public ServiceAction Action;
    public ServiceReason Reason;

    /// <summary>The service that ended its way; -1 if none did.</summary>
    public sbyte Stopper;

    public bool IsIPv6;
    public bool Reclassifies;

    /// <summary>The service that made it a packet of another flow, counted from one, until it goes on as such; 0 if none did.</summary>
    public byte ChangedBy;

    /// <summary>What it said of its connection before it was put into another packet.</summary>
    public TcpFlags TcpBefore;

    /// <summary>It has been a packet of another flow.</summary>
    public bool IsChanged;

    /// <summary>What is left of the way of a packet that was stopped.</summary>
    private ulong _unvisited;

    /// <summary>Services that saw it.</summary>
    public readonly ulong Visited => Chosen & ~Remaining & ~_unvisited & ~PassedBy;

    public readonly ServiceResult Result => new(Action, Reason, Stopper, new ServiceMask(Visited));

    /// <summary>Begins the way.</summary>
    public void Choose(ulong services) => Chosen = Remaining = services;

    /// <summary>Ends its way as a packet of the flow that it came with.</summary>
    public void Change(int service)
    {
        ChangedBy = (byte)(service + 1);
        (_unvisited, Remaining) = (_unvisited | Remaining, 0);
    }

    /// <summary>Notes what saw it while it was a packet of another flow.</summary>
    public void Resume(ulong visited, ulong passedBy) => (Chosen, PassedBy, IsChanged) = (Chosen | visited | passedBy, PassedBy | passedBy, true);

    public void Stop(ServiceAction action, ServiceReason reason, int service)
    {
        (Action, Reason, Stopper) = (action, reason, (sbyte)service);
        (_unvisited, Remaining) = (_unvisited | Remaining, 0);
    }
}
