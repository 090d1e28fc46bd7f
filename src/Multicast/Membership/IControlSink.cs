namespace Weft.Multicast;

/// <summary>Takes the queries and reports that a <see cref="MulticastSnooper"/> makes. Implement it as a struct: calls are then direct.</summary>
public interface IControlSink
{
    /// <summary>One message to send.</summary>
    /// <param name="segment">Segment to send it in.</param>
    /// <param name="port">Port to send it out of, or -1 for all ports of the segment.</param>
    /// <param name="frame">The frame, untagged, valid during the call.</param>
    void Send(int segment, int port, ReadOnlySpan<byte> frame);
}
