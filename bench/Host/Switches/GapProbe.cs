using System.Buffers.Binary;
using Weft.Bench.Ports;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Bench.Host.Switches;

/// <summary>
/// Sends a frame with its time of departure every millisecond and notes how long each took; of those that never came, how long until a later one did.
/// A pause of the probe itself counts for nobody: a frame that was not sent waits for nothing.
/// </summary>
internal sealed class GapProbe : IDisposable
{
    private const int TimeAt = 14;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan After = TimeSpan.FromMilliseconds(300);

    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 256 });
    private readonly Queue<long> _underWay = new();
    private readonly ForwardingPath _path;
    private readonly AfPacketPort _sink;
    private readonly Thread _thread;
    private volatile bool _ends;
    private TimeSpan _longest;

    public GapProbe(ForwardingPath path)
    {
        _path = path;
        _sink = path.OpenSink();
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
        Thread.Sleep(Before);
    }

    /// <summary>The longest wait.</summary>
    public TimeSpan Finish()
    {
        Thread.Sleep(After);
        _ends = true;
        _thread.Join();
        return _longest;
    }

    public void Dispose()
    {
        _ends = true;
        _thread.Join();
        _sink.Dispose();
        _pool.Dispose();
    }

    private void Run()
    {
        var burst = new Packet[64];
        using var poller = new Poller(_sink);
        Timestamp next = Timestamp.FromMonotonicClock();
        while (!_ends)
        {
            Timestamp now = Timestamp.FromMonotonicClock();
            if (now >= next)
            {
                next = now + Interval;
                _underWay.Enqueue(now.Nanoseconds);
                _path.SendStamped(TimeAt, now.Nanoseconds);
            }

            _ = poller.Wait(next - now);
            now = Timestamp.FromMonotonicClock();
            int received = _sink.Receive(_pool, burst, now);
            foreach (ref readonly Packet packet in burst.AsSpan(0, received))
            {
                Arrived(_pool.Bytes(packet), now);
            }

            _pool.Return(burst.AsSpan(0, received));
        }
    }

    private void Arrived(ReadOnlySpan<byte> frame, Timestamp now)
    {
        long sent = frame.Length >= TimeAt + sizeof(long) ? BinaryPrimitives.ReadInt64BigEndian(frame[TimeAt..]) : 0;
        while (sent != 0 && _underWay.TryPeek(out long first) && first <= sent)
        {
            _ = _underWay.Dequeue();
            TimeSpan waited = now - new Timestamp(first);
            _longest = waited > _longest ? waited : _longest;
        }
    }
}
