using Weft.Multicast;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Conformance.MulticastTests;

/// <summary>The engine between packet sockets, on a thread of its own; what is not multicast it floods.</summary>
internal sealed class LiveSwitch : IDisposable
{
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 512 });
    private readonly AfPacketPort[] _ports;
    private readonly MulticastSwitch _switch;
    private readonly Thread _thread;
    private volatile bool _stop;

    public LiveSwitch(string space, params string[] devices)
    {
        _ports = [.. devices.Select(device => new AfPacketPort(device, new AfPacketOptions { Device = device, NetworkNamespace = space }))];
        _switch = new MulticastSwitch(new MulticastSwitchOptions
        {
            Snooping = new SnoopingOptions
            {
                Ports = [.. devices.Select(_ => new SnoopingPortOptions())],
                Segments =
                [
                    new SnoopingSegmentOptions
                    {
                        Unregistered = UnregisteredPolicy.RouterPortsOnly,
                        QuerierIPv4 = IPv4Address.Parse("10.77.0.250"),
                        QuerierMac = new MacAddress(0x0200_0000_00FA),
                    },
                ],
                Seed = SnooperTestBed.Seed,
                Start = Timestamp.FromMonotonicClock(),
            },
            Segments = [new MulticastSegmentOptions { Members = [.. devices.Select((_, port) => new SegmentMember { Port = port })] }],
        });
        _thread = new Thread(Work);
        _thread.Start();
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        foreach (AfPacketPort port in _ports)
        {
            port.Dispose();
        }

        _switch.Dispose();
        _pool.Dispose();
    }

    private void Work()
    {
        var burst = new Packet[64];
        using var poller = new Poller([.. _ports]);
        while (!_stop)
        {
            _ = poller.Wait(TimeSpan.FromMilliseconds(5));
            Timestamp now = Timestamp.FromMonotonicClock();
            var sink = new PortSink(_pool, _ports);
            _switch.Advance(now, ref sink);
            for (int port = 0; port < _ports.Length; port++)
            {
                int received = _ports[port].Receive(_pool, burst, now);
                foreach (Packet packet in burst.AsSpan(0, received))
                {
                    ReadOnlySpan<byte> frame = _pool.Bytes(packet);
                    if (PacketLayout.TryParse(frame, out PacketLayout layout)
                        && _switch.Process(0, port, frame, layout, false, now, ref sink) == MulticastOutcome.NotMulticast)
                    {
                        sink.Flood(port, packet);
                    }

                    _pool.Return(packet);
                }
            }
        }
    }

    /// <summary>Sends each replica at once: a packet socket takes the bytes before it returns.</summary>
    private struct PortSink(PacketPool pool, AfPacketPort[] ports) : IReplicaSink, IQuerySink
    {
        private Packet _packet;

        public bool TryBegin(in ReplicaTarget target, int headBytes, int payloadBytes, out Span<byte> room)
        {
            room = [];
            if (!pool.TryRent(out _packet) || !pool.TrySetLength(ref _packet, headBytes + payloadBytes))
            {
                return false;
            }

            room = pool.Bytes(_packet);
            return true;
        }

        public readonly void Commit(in ReplicaTarget target, int written, ReadOnlySpan<byte> payload)
        {
            _ = ports[target.Port].Send(pool, [_packet], Timestamp.FromMonotonicClock());
            pool.Return(_packet);
        }

        public void Query(int segment, int port, ReadOnlySpan<byte> frame)
        {
            for (int at = 0; at < ports.Length; at++)
            {
                var target = new ReplicaTarget(at, segment, false);
                if ((port == -1 || port == at) && TryBegin(target, frame.Length, 0, out Span<byte> room))
                {
                    frame.CopyTo(room);
                    Commit(target, frame.Length, []);
                }
            }
        }

        public readonly void Flood(int from, Packet packet)
        {
            for (int at = 0; at < ports.Length; at++)
            {
                if (at != from)
                {
                    _ = ports[at].Send(pool, [packet], Timestamp.FromMonotonicClock());
                }
            }
        }
    }
}
