using Weft.Packets;
using Weft.Ports;

namespace Weft.Samples.Ports;

/// <summary>Forwards every frame between two ports, live or not, on the calling thread.</summary>
internal sealed class PatchCable : IDisposable
{
    private readonly IPort _left;
    private readonly IPort _right;
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 1024 });
    private readonly Packet[] _burst = new Packet[64];

    public PatchCable(IPort left, IPort right)
    {
        _left = left;
        _right = right;
    }

    /// <summary>Runs in real time until <paramref name="stop"/>; sleeps while nothing arrives.</summary>
    public void RunLive(CancellationToken stop)
    {
        using var poller = new Poller(_left, _right);
        using CancellationTokenRegistration alarm = stop.Register(poller.Wake);
        while (!stop.IsCancellationRequested)
        {
            Timestamp now = Timestamp.FromMonotonicClock();
            if (Move(_left, _right, now) + Move(_right, _left, now) == 0)
            {
                poller.Wait(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    /// <summary>Runs in the time of captures and simulations, as fast as it goes, until nothing more will arrive.</summary>
    public void RunToEnd()
    {
        Timestamp now;
        while ((now = Earlier(_left.NextArrival, _right.NextArrival)) != Timestamp.MaxValue)
        {
            Move(_left, _right, now);
            Move(_right, _left, now);
        }
    }

    public void Dispose() => _pool.Dispose();

    private int Move(IPort from, IPort to, Timestamp now)
    {
        int received = from.Receive(_pool, _burst, now);
        // What the other side has no room for is dropped here; a switch would count it.
        to.Send(_pool, _burst.AsSpan(0, received), now);
        _pool.Return(_burst.AsSpan(0, received));
        return received;
    }

    private static Timestamp Earlier(Timestamp left, Timestamp right) => left < right ? left : right;
}
