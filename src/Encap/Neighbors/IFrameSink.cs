namespace Weft.Encap;

/// <summary>Takes whole frames that an engine wants sent on the underlay. Implement it as a struct: calls are then direct.</summary>
public interface IFrameSink
{
    /// <summary>Sends a frame; the bytes are valid only during the call.</summary>
    void Send(ReadOnlySpan<byte> frame);
}
