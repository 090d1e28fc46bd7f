using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.HostTests;

/// <summary>A machine behind the VLANs that says something to all a hundred times a second, so that whoever is connected hears that there is somebody.</summary>
internal sealed class Chatter : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);
    private readonly AfPacketPort _port;
    private readonly Thread _thread;
    private volatile bool _stop;

    public Chatter(NetNamespace space, string device, MacAddress machine)
    {
        _port = new AfPacketPort("chatter", new AfPacketOptions { Device = device, NetworkNamespace = space.Name });
        _thread = new Thread(() => Speak(machine)) { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _port.Dispose();
    }

    private void Speak(MacAddress machine)
    {
        using var pool = new PacketPool(new PacketPoolOptions { Buffers = 8, BufferBytes = 2048 });
        while (!_stop)
        {
            if (pool.TryRent(out Packet packet))
            {
                byte[] frame = TestFrames.Plain(MacAddress.Broadcast, machine);
                _ = pool.TrySetLength(ref packet, frame.Length);
                frame.CopyTo(pool.Bytes(packet));
                _ = _port.Send(pool, [packet], Timestamp.FromMonotonicClock());
                pool.Return(packet);
            }

            Thread.Sleep(Interval);
        }
    }
}
