using Weft.Bench.Ports;
using Weft.Packets;
using Weft.Ports;

namespace Weft.Bench.Host.Switches;

/// <summary>Something between two shared memories: a source fills both, and empties both of what came from the other.</summary>
internal abstract class MemifSwitch(ForwardingPath path) : SwitchUnderTest(path)
{
    private const int FrameBytes = 60;
    private readonly PacketPool _pool = new(new PacketPoolOptions { Buffers = 512 });
    private readonly Packet[] _taken = new Packet[64];
    private readonly Packet[][] _given = [new Packet[32], new Packet[32]];
    private MemifPort[] _ports = [];
    private long _arrived;

    public override long Arrived => _arrived;

    protected string Left => System.IO.Path.Combine(Folder, "left.sock");

    protected string Right => System.IO.Path.Combine(Folder, "right.sock");

    /// <summary>Gives both rings what they take, and empties both.</summary>
    public override void Offer()
    {
        Timestamp now = Timestamp.FromMonotonicClock();
        for (int end = 0; end < _ports.Length; end++)
        {
            _ = _ports[end].Send(_pool, _given[end], now);
            int received = _ports[end].Receive(_pool, _taken, now);
            _pool.Return(_taken.AsSpan(0, received));
            _arrived += received;
        }
    }

    public override void Dispose()
    {
        Array.ForEach(_ports, port => port.Dispose());
        _pool.Dispose();
        base.Dispose();
    }

    /// <summary>Comes as a client to what was started.</summary>
    protected void Connect()
    {
        Await(() => File.Exists(Left) && File.Exists(Right), "no sockets");
        _ports = [new MemifPort("left", new MemifOptions { SocketPath = Left }), new MemifPort("right", new MemifOptions { SocketPath = Right })];
        for (int end = 0; end < _ports.Length; end++)
        {
            for (int i = 0; i < _given[end].Length; i++)
            {
                _ = _pool.TryRent(out _given[end][i]);
                _ = _pool.TrySetLength(ref _given[end][i], FrameBytes);
                new EthernetHeader { Destination = new MacAddress(0x0200_0000_0002UL - (ulong)end), Source = new MacAddress(0x0200_0000_0001UL + (ulong)end), EtherType = EtherType.Experimental1 }.Write(_pool.Bytes(_given[end][i]));
            }
        }
    }
}

/// <summary>Ours between two memories.</summary>
internal sealed class MemifWeft(ForwardingPath path) : MemifSwitch(path)
{
    protected override void Launch()
    {
        string file = System.IO.Path.Combine(Folder, "weft.yaml");
        File.WriteAllText(file, $$"""
            schema: weft/1
            switch: {name: bench, controlSocket: "{{Folder}}/weft.sock"}
            ports:
              - {name: left, type: memif, memif: {socket: "{{Left}}", role: server}, mtu: 1500, vlan: {mode: access, id: 10} }
              - {name: right, type: memif, memif: {socket: "{{Right}}", role: server}, mtu: 1500, vlan: {mode: access, id: 10} }
            segments: [{name: lan, vlan: 10}]
            """);
        _ = Run("dotnet", System.IO.Path.Combine(AppContext.BaseDirectory, "weft.dll"), "run", file);
        Connect();
    }
}

/// <summary>DPDK's testpmd between two memories, in its io mode.</summary>
internal sealed class MemifTestpmd(ForwardingPath path) : MemifSwitch(path)
{
    public override void Dispose()
    {
        base.Dispose();
        TestpmdSwitch.Forget(Folder);
    }

    protected override void Launch()
    {
        _ = Run("env", TestpmdSwitch.Arguments(Folder, $"--vdev=net_memif0,role=server,id=0,socket={Left},socket-abstract=no", $"--vdev=net_memif1,role=server,id=0,socket={Right},socket-abstract=no"));
        Connect();
    }
}
