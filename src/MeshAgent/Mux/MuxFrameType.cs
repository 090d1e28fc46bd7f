namespace Weft.MeshAgent.Mux;

/// <summary>
/// Frames of a shared TLS connection. Each has a header of eight bytes in network order.
/// <code>
///  0               1               2               3
/// +---------------+---------------+-------------------------------+
/// |     type      |   0 (flags)   |     length of the payload     |
/// +---------------+---------------+-------------------------------+
/// |                            stream                             |
/// +---------------------------------------------------------------+
/// </code>
/// The agent that dialled opens streams 1, 2, 3 and so on. A stream ends when both sides have sent FINISH, or when both have sent
/// RESET; who gets a RESET of a living stream answers with his own.
/// </summary>
internal enum MuxFrameType : byte
{
    /// <summary>First frame of each side, on stream 0: version (1), credit of a stream (4 bytes), most streams (4 bytes), 9 bytes in all.</summary>
    Settings = 0,

    /// <summary>Opens a stream: protocol (1), family 4 or 6 (1), client and service addresses and ports as in a PROXY header.</summary>
    Open = 1,

    /// <summary>The application has accepted. Data may have been sent before.</summary>
    Accept = 2,

    /// <summary>Bytes of the stream, one at least.</summary>
    Data = 3,

    /// <summary>No more bytes from this side.</summary>
    Finish = 4,

    /// <summary>The stream is broken: reason (1).</summary>
    Reset = 5,

    /// <summary>The application has read so many bytes more (4 bytes, not 0).</summary>
    Credit = 6,

    /// <summary>On stream 0: no new streams, please; this side is about to leave, or its certificate has been replaced.</summary>
    GoAway = 7,
}
