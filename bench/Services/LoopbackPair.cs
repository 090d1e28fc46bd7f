using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Weft.Bench.Services;

/// <summary>Two ends of one TCP connection over loopback, and messages with their lengths in front.</summary>
internal sealed class LoopbackPair : IDisposable
{
    private const int HeadLength = sizeof(int);

    private readonly byte[] _head = new byte[HeadLength];

    public LoopbackPair()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        Near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Near.Connect(listener.LocalEndPoint!);
        Far = listener.Accept();
        Far.NoDelay = true;
    }

    public Socket Near { get; }

    public Socket Far { get; }

    /// <summary>Sends a message with its length, which <paramref name="buffer"/> has room for in front.</summary>
    public static void Send(Socket socket, byte[] buffer, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer, length);
        _ = socket.Send(buffer, 0, HeadLength + length, SocketFlags.None);
    }

    /// <summary>Receives a message; its length.</summary>
    public static int Receive(Socket socket, byte[] head, byte[] into)
    {
        Fill(socket, head.AsSpan(0, HeadLength));
        int length = BinaryPrimitives.ReadInt32LittleEndian(head);
        Fill(socket, into.AsSpan(0, length));
        return length;
    }

    /// <summary>Carries bytes there, message by message, and an octet back when all have come.</summary>
    public void Carry(long bytes, byte[] message)
    {
        for (long left = bytes; left > 0;)
        {
            int length = (int)Math.Min(left, message.Length - HeadLength);
            Send(Near, message, length);
            left -= Receive(Far, _head, message);
        }

        Send(Far, message, 1);
        _ = Receive(Near, _head, message);
    }

    public void Dispose()
    {
        Near.Dispose();
        Far.Dispose();
    }

    private static void Fill(Socket socket, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            int read = socket.Receive(into);
            into = read > 0 ? into[read..] : throw new InvalidOperationException("the other end of the connection is gone");
        }
    }
}
