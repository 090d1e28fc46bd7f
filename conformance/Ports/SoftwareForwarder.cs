using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.PortsTests;

/// <summary>The smallest switch: what enters one of two ports leaves the other, on a thread of its own.</summary>
internal sealed class SoftwareForwarder : IDisposable
{
    private readonly IPort _left;
    private readonly IPort _right;
    private readonly PacketPool _pool;
    private readonly Poller _poller;
    private readonly Thread _thread;
    private volatile bool _stop;

    public SoftwareForwarder(IPort left, IPort right, int bufferBytes = 2048)
    {
        _left = left;
        _right = right;
        _pool = new PacketPool(new PacketPoolOptions { Buffers = 2048, BufferBytes = bufferBytes });
        _poller = new Poller(left, right);
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Looks at every frame that passes, on the forwarder's thread.</summary>
    public Action<ReadOnlyMemory<byte>>? Inspect { get; set; }

    public int LongestFrame { get; private set; }

    public void Dispose()
    {
        _stop = true;
        _poller.Wake();
        _thread.Join();
        _poller.Dispose();
        _pool.Dispose();
    }

    private void Run()
    {
        var burst = new Packet[64];
        while (!_stop)
        {
            if (Move(_left, _right, burst) + Move(_right, _left, burst) == 0)
            {
                _poller.Wait(TimeSpan.FromMilliseconds(20));
            }
        }
    }

    private int Move(IPort from, IPort to, Packet[] burst)
    {
        Timestamp now = Timestamp.FromMonotonicClock();
        int received = from.Receive(_pool, burst, now);
        for (int i = 0; i < received; i++)
        {
            LongestFrame = Math.Max(LongestFrame, burst[i].Length);
            Inspect?.Invoke(_pool.Bytes(burst[i]).ToArray());
        }

        // A full device is offered the rest a few times, then the rest is dropped as any switch does.
        int sent = 0;
        for (int attempts = 0; sent < received && attempts < 16; attempts++)
        {
            sent += to.Send(_pool, burst.AsSpan(sent, received - sent), now);
        }

        _pool.Return(burst.AsSpan(0, received));
        return received;
    }
}
