namespace Weft.Ports;

/// <summary>Counters of one port since it was opened. Every frame offered to <c>Send</c> or seen on the device is in exactly one.</summary>
public struct PortCounters
{
    /// <summary>Frames received.</summary>
    public long ReceivedFrames;

    /// <summary>Bytes received, frame check sequence excluded.</summary>
    public long ReceivedBytes;

    /// <summary>Frames that arrived but could not be taken because they exceed the pool's buffers.</summary>
    public long ReceivedOversize;

    /// <summary>Frames that the device or kernel reported as lost before they could be taken.</summary>
    public long ReceivedLost;

    /// <summary>
    /// Frames that the device delivered with an offload description that contradicts the frame (a segment size of 0, a
    /// checksum outside the frame, an unknown kind), so that nothing correct could be made of them.
    /// </summary>
    public long ReceivedGsoInvalid;

    /// <summary>Frames sent.</summary>
    public long SentFrames;

    /// <summary>Bytes sent.</summary>
    public long SentBytes;

    /// <summary>Frames refused one by one because they exceed what the device sends.</summary>
    public long SendOversize;

    /// <summary>Frames refused one by one because the device rejected them.</summary>
    public long SendRejected;

    /// <summary>Frames refused one by one because the device was down or gone.</summary>
    public long SendDown;

    /// <summary>Times that the device's queue was full and a rest of a burst was handed back.</summary>
    public long SendBusy;

    /// <summary>Frames that <c>Send</c> accepted from the caller but did not put on the wire, for whatever reason.</summary>
    public readonly long SendRefused => SendOversize + SendRejected + SendDown;
}
