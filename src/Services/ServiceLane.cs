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

    /// <summary>What is true or not of it, in one octet, so that a lane is a cache line.</summary>
    private Traits _traits;

    /// <summary>The service that made it a packet of another flow, counted from one, until it goes on as such; 0 if none did.</summary>
    public byte ChangedBy;

    /// <summary>What it said of its connection before it was put into another packet.</summary>
    public TcpFlags TcpBefore;


    /// <summary>What is left of the way of a packet that was stopped.</summary>
    private ulong _unvisited;

    public bool IsIPv6
    {
        readonly get => (_traits & Traits.IPv6) != 0;
        set => Set(Traits.IPv6, value);
    }

    /// <summary>A service asked for another classification of its flow.</summary>
    public bool Reclassifies
    {
        readonly get => (_traits & Traits.Reclassifies) != 0;
        set => Set(Traits.Reclassifies, value);
    }

    /// <summary>It has been a packet of another flow.</summary>
    public readonly bool IsChanged => (_traits & Traits.Changed) != 0;

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
    public void Resume(ulong visited, ulong passedBy) => (Chosen, PassedBy, _traits) = (Chosen | visited | passedBy, PassedBy | passedBy, _traits | Traits.Changed);

    public void Stop(ServiceAction action, ServiceReason reason, int service)
    {
        (Action, Reason, Stopper) = (action, reason, (sbyte)service);
        (_unvisited, Remaining) = (_unvisited | Remaining, 0);
    }

    private void Set(Traits trait, bool holds) => _traits = holds ? _traits | trait : _traits & ~trait;

    [Flags]
    private enum Traits : byte
    {
        None = 0,
        IPv6 = 1,
        Reclassifies = 2,
        Changed = 4,
    }
}
