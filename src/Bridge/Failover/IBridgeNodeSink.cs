namespace Weft.Bridge;

/// <summary>Takes what a node sends. Implement it as a struct: calls are then direct. Spans are valid during the call only.</summary>
public interface IBridgeNodeSink
{
    /// <summary>A MAC-SYNC message for the other node.</summary>
    void ToPeer(ReadOnlySpan<byte> message);

    /// <summary>A request to all hosts of the overlay, see <see cref="HostFlush"/>.</summary>
    void ToHosts(ReadOnlySpan<byte> message);

    /// <summary>A frame for the port to the VLANs, tagged as that port wants it.</summary>
    void ToVlan(ushort vlan, ReadOnlySpan<byte> frame);

    /// <summary>An untagged frame for every tunnel and every other port of the VLAN's segment.</summary>
    void ToOverlay(ushort vlan, ReadOnlySpan<byte> frame);
}
