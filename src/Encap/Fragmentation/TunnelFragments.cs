namespace Weft.Encap;

/// <summary>The packets that one frame becomes, decided but not yet written. Made by <see cref="TunnelFragmenter.TryPlan"/>.</summary>
/// <remarks>What all of them share is in here: datagram id, virtual network, source port, traffic class, peer.</remarks>
public readonly struct TunnelFragments
{
    internal TunnelFragments(FragmentPlan plan, TunnelPeer peer, in OuterFields fields, uint datagramId, int innerBytes) =>
        (Plan, Peer, Fields, DatagramId, InnerBytes) = (plan, peer, fields, datagramId, innerBytes);

    /// <summary>How the frame is cut; a <see cref="FragmentPlan.Count"/> of 1 means that it goes whole, without fragment information.</summary>
    public FragmentPlan Plan { get; }

    /// <summary>Number that the fragments bear; 0 for a whole frame.</summary>
    public uint DatagramId { get; }

    /// <summary>Bytes of the inner frame.</summary>
    public int InnerBytes { get; }

    /// <summary>Bytes of outer headers in front of every piece.</summary>
    public int HeaderBytes => Plan.Count == 1 ? Peer.HeaderBytes : Peer.FragmentHeaderBytes;

    /// <summary>Bytes of packet <paramref name="index"/>, headers included.</summary>
    public int PacketBytes(int index) => HeaderBytes + Plan.PayloadOf(index);

    /// <summary>The part of the inner frame that packet <paramref name="index"/> carries.</summary>
    public Range PieceOf(int index) => Plan.OffsetOf(index)..(Plan.OffsetOf(index) + Plan.PayloadOf(index));

    internal TunnelPeer Peer { get; }

    internal OuterFields Fields { get; }
}
