using System.Net.Sockets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>Two channels that lead to each other.</summary>
internal sealed class ChannelPair : IDisposable
{
    public ChannelPair()
    {
        string path = Path.Combine(Path.GetTempPath(), $"weft-channel-{Guid.NewGuid():N}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        left.Connect(new UnixDomainSocketEndPoint(path));
        RawRight = listener.Accept();
        (Left, Right) = (new DescriptorChannel(left), new DescriptorChannel(RawRight));
    }

    public DescriptorChannel Left { get; }

    public DescriptorChannel Right { get; }

    /// <summary>The socket of the right one, for what no channel would send.</summary>
    public Socket RawRight { get; }

    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
    }
}
