using Microsoft.Win32.SafeHandles;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;
using Weft.Ports.Linux;
using Weft.Ports.Memif;

namespace Weft.Conformance.PortsTests;

/// <summary>A client that obeys or breaks the protocol as a test wants: one ring in each direction, its memory open to the test.</summary>
internal sealed unsafe class RawMemifClient : IDisposable
{
    public const int Log2Slots = 6, Slots = 1 << Log2Slots, BufferBytes = 256;
    public const uint ToServerAt = 0, ToClientAt = 8192, BuffersAt = 16_384;
    public const ulong MemoryBytes = BuffersAt + (2UL * Slots * BufferBytes);

    private readonly MemifPort _server;
    private readonly PacketPool _pool;
    private readonly MemifSocket _socket;

    public RawMemifClient(MemifPort server, string path, PacketPool pool)
    {
        (_server, _pool) = (server, pool);
        _socket = MemifSocket.TryConnect(path) ?? throw new InvalidOperationException("the server does not listen");
        Memory = MemifMemory.Create(MemoryBytes);
        ToServer = new MemifRing(Memory.Start + ToServerAt, Log2Slots, Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC));
        ToClient = new MemifRing(Memory.Start + ToClientAt, Log2Slots, Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC));
        ToServer.Format();
        ToClient.Format();
    }

    public MemifMemory Memory { get; }

    public MemifRing ToServer { get; }

    public MemifRing ToClient { get; }

    public Span<byte> Bytes => new(Memory.Start, (int)Memory.Bytes);

    /// <summary>Sends a message.</summary>
    public void Send(Action<MemifMessage> write, int descriptor = -1)
    {
        Span<byte> bytes = stackalloc byte[MemifMessage.Bytes];
        var message = new MemifMessage(bytes);
        write(message);
        _socket.Send(bytes, descriptor);
    }

    /// <summary>Sends bytes that need be no message.</summary>
    public void SendRaw(ReadOnlySpan<byte> bytes, int descriptor = -1) => _socket.Send(bytes, descriptor);

    /// <summary>Type of the next message of the server, <see cref="MemifMessageType.None"/> if it hung up without one.</summary>
    public MemifMessageType Hear() => Hear(out _);

    public MemifMessageType Hear(out string reason)
    {
        byte[] bytes = new byte[MemifMessage.Bytes];
        bool isThere = false;
        bool heard = Wait.Until(
            () =>
            {
                Turn();
                try
                {
                    return isThere = _socket.TryReceive(bytes, out int descriptor);
                }
                catch (IOException)
                {
                    return true;
                }
            },
            TimeSpan.FromSeconds(30));
        Assert.True(heard, "the server says nothing");
        var message = new MemifMessage(bytes);
        reason = isThere && message.Type == MemifMessageType.Disconnect ? message.Reason : "";
        return isThere ? message.Type : MemifMessageType.None;
    }

    /// <summary>Lets the server look at its socket and its rings.</summary>
    public int Turn()
    {
        var burst = new Packet[32];
        int received = _server.Receive(_pool, burst, Timestamp.FromMonotonicClock());
        _pool.Return(burst.AsSpan(0, received));
        return received;
    }

    public void Introduce()
    {
        Assert.Equal(MemifMessageType.Hello, Hear());
        Send(message => message.Init("raw", 7));
        Assert.Equal(MemifMessageType.Ack, Hear());
    }

    /// <summary>The whole introduction, up to where frames pass.</summary>
    public void Connect()
    {
        Introduce();
        Send(message => message.AddRegion(0, Memory.Bytes), Memory.Descriptor);
        Assert.Equal(MemifMessageType.Ack, Hear());
        Send(message => message.AddRing(toServer: true, 0, ToServerAt, Log2Slots), ToServer.Interrupt);
        Assert.Equal(MemifMessageType.Ack, Hear());
        Send(message => message.AddRing(toServer: false, 0, ToClientAt, Log2Slots), ToClient.Interrupt);
        Assert.Equal(MemifMessageType.Ack, Hear());
        Send(message => message.Connect("raw", isAnswer: false));
        Assert.Equal(MemifMessageType.Connected, Hear());
        Assert.Equal(PortStatus.Up, _server.Status);
    }

    /// <summary>Puts a descriptor into the ring to the server and publishes it.</summary>
    public void Publish(params ReadOnlySpan<MemifRing.Descriptor> descriptors)
    {
        ushort head = ToServer.Head;
        foreach (MemifRing.Descriptor descriptor in descriptors)
        {
            ToServer.Write(head++, descriptor);
        }

        ToServer.Head = head;
    }

    public static MemifRing.Descriptor Good(int slot, uint length = 60) => new() { Length = length, Offset = BuffersAt + (uint)(slot * BufferBytes) };

    public void Dispose()
    {
        _socket.Dispose();
        ToServer.Dispose();
        ToClient.Dispose();
        Memory.Dispose();
    }
}
