using System.Buffers.Binary;
using Weft.Multicast;
using Weft.Packets;

namespace Weft.Conformance.MulticastTests;

/// <summary>Frames of data to groups, and sinks for their replicas.</summary>
internal static class DataFrames
{
    public static byte[] Udp(string source, string group, byte ttl = 16, int? tci = null, int payload = 18)
    {
        IPv6Address receiver = MulticastAddress.Parse(group);
        bool isIPv4 = MulticastAddress.IsIPv4(receiver);
        var ethernet = new EthernetHeader
        {
            Destination = MulticastAddress.ToMac(receiver),
            Source = ControlFrames.Host(99),
            Tag = tci is int value ? new VlanTci((ushort)value) : null,
            EtherType = isIPv4 ? EtherType.IPv4 : EtherType.IPv6,
        };
        byte[] frame = new byte[ethernet.Length + (isIPv4 ? 20 : 40) + 8 + payload];
        int at = ethernet.Write(frame);
        at += isIPv4
            ? new IPv4Header { TimeToLive = ttl, Protocol = IpProtocol.Udp, PayloadLength = 8 + payload, Source = IPv4Address.Parse(source), Destination = MulticastAddress.ToIPv4(receiver) }
                .Write(frame.AsSpan(at))
            : new IPv6Header { HopLimit = ttl, NextHeader = IpProtocol.Udp, PayloadLength = 8 + payload, Source = IPv6Address.Parse(source), Destination = receiver }
                .Write(frame.AsSpan(at));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at), 8000);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(at + 4), (ushort)(8 + payload));
        for (int i = at + 8; i < frame.Length; i++)
        {
            frame[i] = (byte)i;
        }

        return frame;
    }

    /// <summary>Collects replicas; takes them whole or scattered, and refuses those to one port.</summary>
    public struct Sink(bool scatter = false, int refuse = -1) : IReplicaSink
    {
        private byte[] _room = [];

        public List<(ReplicaTarget Target, byte[] Frame)> Replicas { get; } = [];

        public bool TryBegin(in ReplicaTarget target, int headBytes, int payloadBytes, out Span<byte> room)
        {
            _room = new byte[headBytes + (scatter ? 0 : payloadBytes)];
            Array.Fill<byte>(_room, 0xEE);
            room = _room;
            return target.Port != refuse;
        }

        public readonly void Commit(in ReplicaTarget target, int written, ReadOnlySpan<byte> payload) =>
            Replicas.Add((target, [.. _room[..written], .. payload]));
    }

    public struct NoQueries : IControlSink
    {
        public readonly void Send(int segment, int port, ReadOnlySpan<byte> frame)
        {
        }
    }
}
