namespace Weft.Nat;

/// <summary>What is to be done with a packet.</summary>
public enum NatAction : byte
{
    /// <summary>Drop it; <see cref="NatVerdict.Reason"/> says why.</summary>
    Drop,

    /// <summary>It was translated in place: send it on.</summary>
    Translated,

    /// <summary>It was translated twice, from a machine to a machine: deliver it inside, in the network <see cref="NatVerdict.Scope"/>.</summary>
    Hairpinned,

    /// <summary>It belongs to another host: encapsulate it, as it is, to <see cref="NatVerdict.Owner"/>'s place in the plan.</summary>
    Redirect,

    /// <summary>It was copied and waits for the first fragment of its datagram; the packet itself is done with.</summary>
    Held,

    /// <summary>It is not for the translator: its destination is none of the shared addresses.</summary>
    Pass,
}
