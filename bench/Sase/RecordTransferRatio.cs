using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Weft.Bench.Ratios;
using Weft.Bench.Services;
using Weft.Flows;
using Weft.Packets;
using Weft.Sase;

namespace Weft.Bench.Sase;

/// <summary>
/// A million flows told to a backup that knows nothing yet: written by their owner, carried over a TCP connection of loopback, read and remembered with their public
/// endpoints and timers; beside twice what that connection takes for the same bytes, and 1.2 times what a loop takes that puts the same pairs of keys into a table.
/// </summary>
/// <remarks>One thread is both ends, and its CPU time is taken, as in <see cref="FrozenTimeRatio"/>.</remarks>
public sealed class RecordTransferRatio : IRatio
{
    private const int Room = 128;
    private const int LengthBytes = sizeof(int);
    private const int MessageBytes = 1400;
    private const int ChunkBytes = 1 << 16;
    private const double ConnectionSlack = 2;
    private const double InsertSlack = 1.2;

    private readonly byte[] _chunk = new byte[ChunkBytes];
    private readonly byte[] _head = new byte[LengthBytes];
    private readonly byte[] _message = new byte[MessageBytes];
    private int _flows;
    private PopOptions _pop = null!;
    private ManagedServiceNode? _owner;
    private LoopbackPair? _connection;
    private long _bytes;

    /// <inheritdoc/>
    public string Package => "Sase";

    /// <inheritdoc/>
    public string Name => "a million flows told to a backup";

    /// <inheritdoc/>
    public string Unit => "ms";

    /// <inheritdoc/>
    public string PeerName => "2 x loopback TCP with the same bytes, and 1.2 x a loop of insertions";

    /// <inheritdoc/>
    public double Goal => 1;

    /// <inheritdoc/>
    public void SetUp(bool shortRun)
    {
        _flows = shortRun ? 50_000 : 1_000_000;
        _pop = new PopOptions { Gateways = [SaseBenchBed.Gateway], Nodes = [SaseBenchBed.Node, IPv4Address.Parse("10.255.0.2")], Encapsulation = ServiceEncapsulation.Vxlan, Bundles = 1, Seed = new HashSeed(1, 2), RouterMac = SaseBenchBed.RouterMac };
        _owner = Make(0);
        _ = _owner.TryActivate(0, Epoch.None.Next(0));
        byte[] buffer = new byte[512];
        for (int flow = 0; flow < _flows; flow++)
        {
            byte[] packet = SaseBenchBed.Packet(SaseBenchBed.FirstVni, Host(flow), Port(flow));
            packet.CopyTo(buffer, Room);
            _ = _owner.FromTunnel(buffer, Room, packet.Length, SaseBenchBed.Start);
        }
    }

    /// <inheritdoc/>
    public string? SetUpPeer()
    {
        _connection = new LoopbackPair();
        return null;
    }

    /// <inheritdoc/>
    public Sample Ours()
    {
        _owner!.PeerDown(1);
        _owner.Advance(SaseBenchBed.Start);
        using ManagedServiceNode backup = Make(1);
        backup.PeerUp(0);
        _owner.PeerUp(1);
        (_bytes, long started) = (0, ThreadClock.Nanoseconds);
        while (!_owner.IsInSync(0))
        {
            _owner.Advance(SaseBenchBed.Start);
            Carry(_owner, backup);
            while (backup.TryTakeMessage(_message, out int length, out IPv4Address to, SaseBenchBed.Start))
            {
                _ = to == _pop.Nodes[0] ? _owner.Receive(_message.AsSpan(0, length), _pop.Nodes[1], SaseBenchBed.Start) : default;
            }
        }

        return new Sample((ThreadClock.Nanoseconds - started) / 1e6, (ulong)backup.FlowCount);
    }

    /// <inheritdoc/>
    public Sample Peer()
    {
        long started = ThreadClock.Nanoseconds;
        _connection!.Carry(_bytes, _chunk);
        long carried = ThreadClock.Nanoseconds;
        using var table = new SessionTable<FlowKey4, State>(new FlowTableOptions { Capacity = Capacity, Seed = new HashSeed(1, 2) });
        for (int flow = 0; flow < _flows; flow++)
        {
            var inner = new FlowKey4(Host(flow), SaseBenchBed.Remote, IpProtocol.Udp, Port(flow), 53, SaseBenchBed.FirstVni);
            _ = table.Add(inner, new FlowKey4(SaseBenchBed.Remote, Public(flow / 50_000), IpProtocol.Udp, 53, Port(flow)), out FlowHandle handle);
            table[handle][0] = (ulong)flow;
        }

        long inserted = ThreadClock.Nanoseconds;
        return new Sample((ConnectionSlack * (carried - started) + InsertSlack * (inserted - carried)) / 1e6, (ulong)table.Count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _owner?.Dispose();
        _connection?.Dispose();
    }

    private int Capacity => _flows + (_flows / 8);

    /// <summary>All messages that wait for the backup, one behind the other, in one sending.</summary>
    private void Carry(ManagedServiceNode owner, ManagedServiceNode backup)
    {
        int used = LengthBytes;
        while (used + LengthBytes + MessageBytes <= ChunkBytes && owner.TryTakeMessage(_chunk.AsSpan(used + LengthBytes), out int length, out IPv4Address to, SaseBenchBed.Start))
        {
            if (to == _pop.Nodes[1])
            {
                BinaryPrimitives.WriteInt32LittleEndian(_chunk.AsSpan(used), length);
                used += LengthBytes + length;
            }
        }

        if (used == LengthBytes)
        {
            return;
        }

        LoopbackPair.Send(_connection!.Near, _chunk, used - LengthBytes);
        int received = LoopbackPair.Receive(_connection.Far, _head, _chunk);
        _bytes += received;
        for (int at = 0; at < received;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(_chunk.AsSpan(at));
            _ = backup.Receive(_chunk.AsSpan(at + LengthBytes, length), _pop.Nodes[0], SaseBenchBed.Start);
            at += LengthBytes + length;
        }
    }

    private ManagedServiceNode Make(int number)
    {
        var node = new ManagedServiceNode(new ServiceNodeOptions { Pop = _pop, Node = number, Incarnation = 1, Flows = Capacity, Commit = null, Start = SaseBenchBed.Start });
        node.Configure([new SegmentOptions
        {
            Vni = SaseBenchBed.FirstVni,
            Bundle = 0,
            Routes = [new SegmentRoute(default, SegmentRouteKind.Uplink)],
            Policy = SegmentPolicy.AllowSites,
            PublicAddresses = [.. Enumerable.Range(0, 256).Select(Public)],
            FlowQuota = int.MaxValue,
        }]);
        return node;
    }

    private static IPv4Address Host(int flow) => new(0x0A00_0000u + (uint)(flow / 50));

    private static ushort Port(int flow) => (ushort)(1024 + (flow % 50_000));

    private static IPv4Address Public(int number) => new(0xCB00_7100u + (uint)number);

    /// <summary>As many octets as a node remembers of a flow beside its keys.</summary>
    [InlineArray(3)]
    private struct State
    {
        private ulong _first;
    }
}
