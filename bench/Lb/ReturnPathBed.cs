using Weft.Bench.Flows;
using Weft.Lb;
using Weft.Packets;

namespace Weft.Bench.Lb;

/// <summary>A table with as many flows as there are keys, learned from packets.</summary>
internal sealed class ReturnPathBed : IDisposable
{
    private readonly byte[] _frame = new byte[14 + 20 + 20];

    public ReturnPathBed(int flows)
    {
        (Keys, Shuffled) = FlowKeys.Make(flows);
        Table = new ReturnPathTable(new ReturnPathOptions { Seed = new HashSeed(1, 2), IPv4Flows = flows, IPv6Flows = 16, LoadBalancers = 1024 });
        _ = new EthernetHeader { EtherType = EtherType.IPv4 }.Write(_frame);
    }

    public FlowKey4[] Keys { get; }

    public FlowKey4[] Shuffled { get; }

    public ReturnPathTable Table { get; }

    public static LbIdentity Identity(int number) => new() { Mac = new MacAddress(0x0200_0000_0001UL + (ulong)number) };

    /// <summary>Learns flows from a packet each.</summary>
    /// <returns>How many were new.</returns>
    public ulong Learn(ReadOnlySpan<FlowKey4> keys, LbId lb)
    {
        ulong learned = 0;
        foreach (ref readonly FlowKey4 key in keys)
        {
            _ = new IPv4Header { Source = key.Source, Destination = key.Destination, Protocol = key.Protocol, PayloadLength = 20 }.Write(_frame.AsSpan(14));
            _ = new TcpHeader { SourcePort = key.SourcePort, DestinationPort = key.DestinationPort, Flags = TcpFlags.Ack }.Write(_frame.AsSpan(34));
            _ = PacketLayout.TryParse(_frame, out PacketLayout layout);
            learned += Table.ObserveForward(_frame, in layout, key.Scope, lb, default) == ForwardVerdict.Learned ? 1u : 0;
        }

        return learned;
    }

    public void Dispose() => Table.Dispose();
}
