using Weft.Bridge;

namespace Weft.Conformance.BridgeTests;

/// <summary>Keeps what an engine sends.</summary>
internal sealed class SentFrames : ILinkSink
{
    public List<(int Port, byte[] Frame)> All { get; } = [];

    public void Send(int port, scoped ReadOnlySpan<byte> frame) => All.Add((port, frame.ToArray()));

    /// <summary>What was sent since the last look.</summary>
    public List<(int Port, byte[] Frame)> Take()
    {
        List<(int, byte[])> taken = [.. All];
        All.Clear();
        return taken;
    }
}
