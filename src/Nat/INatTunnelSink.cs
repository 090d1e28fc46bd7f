namespace Weft.Nat;

/// <summary>Takes what a tunnel sends: usually one packet, more if the datagram had to be fragmented.</summary>
public interface INatTunnelSink
{
    /// <summary>Sends a packet. The bytes are valid during the call.</summary>
    /// <param name="packet">The packet with its IPv6 header.</param>
    void Send(ReadOnlySpan<byte> packet);
}
