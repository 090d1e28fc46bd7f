using Weft.Ports.Linux;

namespace Weft.Ports.Memif;

/// <summary>A connection to one peer, from the first message to its end: what is common to both ends.</summary>
internal abstract class MemifLink(MemifSocket socket, MemifOptions options, string name) : IDisposable
{
    private readonly List<MemifMemory> _regions = [];
    private readonly List<MemifReceiver> _receivers = [];
    private readonly List<MemifSender> _senders = [];

    private int _events = -1;

    /// <summary>Readable when a peer that was asked to has put a frame into any ring.</summary>
    public int PollDescriptor => _events >= 0 ? _events : _receivers[0].Ring.Interrupt;

    /// <summary>True once frames can pass.</summary>
    public bool IsConnected { get; private set; }

    public IReadOnlyList<MemifReceiver> Receivers => _receivers;

    public IReadOnlyList<MemifSender> Senders => _senders;

    protected List<MemifMemory> Regions => _regions;

    protected MemifOptions Options => options;

    /// <summary>What the peer is told that this is.</summary>
    protected string Name => name;

    /// <summary>Does what the peer asks for.</summary>
    /// <exception cref="IOException">It is gone, or asks for what cannot be; it was told why.</exception>
    public void Advance()
    {
        Span<byte> bytes = stackalloc byte[MemifMessage.Bytes];
        // A peer has no more to say than this at a time.
        for (int i = 0; i < MemifMessage.MaxQueues * 4 && socket.TryReceive(bytes, out int descriptor); i++)
        {
            var message = new MemifMessage(bytes);
            if (message.Type == MemifMessageType.Disconnect)
            {
                Close(descriptor);
                throw new IOException($"the peer hung up: {message.Reason}");
            }

            try
            {
                Handle(message, ref descriptor);
            }
            catch (IOException refused)
            {
                HangUp(refused.Message);
                throw;
            }
            finally
            {
                // Whoever uses a descriptor takes it.
                Close(descriptor);
            }
        }
    }

    /// <summary>Tells the peer that this is the end.</summary>
    public void HangUp(string reason)
    {
        Span<byte> bytes = stackalloc byte[MemifMessage.Bytes];
        new MemifMessage(bytes).Disconnect(reason);
        try
        {
            Send(bytes);
        }
        catch (IOException)
        {
            // It is gone already.
        }
    }

    public virtual void Dispose()
    {
        IsConnected = false;
        Close(_events);
        _events = -1;
        _receivers.ForEach(receiver => receiver.Dispose());
        _senders.ForEach(sender => sender.Dispose());
        _regions.ForEach(region => region.Dispose());
        socket.Dispose();
    }

    /// <summary>Does what a message asks for, and takes the descriptor if it uses it.</summary>
    /// <exception cref="IOException">It asks for what cannot be.</exception>
    protected abstract void Handle(MemifMessage message, ref int descriptor);

    protected void Send(ReadOnlySpan<byte> message, int descriptor = -1) => socket.Send(message, descriptor);

    protected void Add(MemifReceiver receiver) => _receivers.Add(receiver);

    protected void Add(MemifSender sender) => _senders.Add(sender);

    protected void Connected()
    {
        _receivers.ForEach(receiver => receiver.Begin());
        _events = _receivers.Count > 1 ? EventGroup.Of(_receivers.Select(receiver => receiver.Ring.Interrupt)) : -1;
        IsConnected = true;
    }

    private static void Close(int descriptor) => _ = descriptor >= 0 ? Libc.close(descriptor) : 0;
}
