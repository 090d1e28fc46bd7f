namespace Weft.Bridge;

/// <summary>Takes the frames that protocols between neighbours have to say.</summary>
public interface ILinkSink
{
    /// <summary>Sends a frame out of one port as it is: untagged, past the bridge.</summary>
    /// <param name="port">Number of the port.</param>
    /// <param name="frame">The frame from its Ethernet header on; valid during the call.</param>
    void Send(int port, scoped ReadOnlySpan<byte> frame);
}
