using Weft.Packets;

namespace Weft.Nat;

/// <summary>What became of a packet.</summary>
public readonly record struct NatVerdict
{
    /// <summary>What is to be done.</summary>
    public NatAction Action { get; init; }

    /// <summary>Why it was dropped.</summary>
    public NatDropReason Reason { get; init; }

    /// <summary>True if <see cref="NatEngine.WriteError"/> has an ICMP error for the sender.</summary>
    public bool ErrorDue { get; init; }

    /// <summary>The network of the machine that a packet from outside is for.</summary>
    public uint Scope { get; init; }

    /// <summary>True for a packet from outside.</summary>
    public bool IsInbound { get; init; }

    /// <summary>For <see cref="NatAction.Redirect"/>: the host that a flow was moved to; all zeros if the plan says where to.</summary>
    public IPv6Address MovedTo { get; init; }

    /// <summary>For <see cref="NatAction.Redirect"/>: the shared address.</summary>
    public IPv4Address Owner { get; init; }

    /// <summary>For <see cref="NatAction.Redirect"/>: the port there; with <see cref="Owner"/> it gives the owner's place in the plan.</summary>
    public ushort OwnerPort { get; init; }

    /// <summary>Fragments that are now to be taken with <see cref="NatEngine.TryTakeFragment"/>.</summary>
    public int Released { get; init; }

    internal static NatVerdict Dropped(NatDropReason reason) => new() { Action = NatAction.Drop, Reason = reason };
}
